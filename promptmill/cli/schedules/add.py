"""`promptmill schedule add`: what to submit, and when."""

from promptmill.cli.console import print_json, print_text
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.schedules.options import (
    Batch,
    Cron,
    End,
    Eval,
    Every,
    ExpiresIn,
    FailBelow,
    Format,
    Jitter,
    MaxCost,
    MaxFailures,
    MaxTime,
    MaxTokens,
    Missed,
    Model,
    Name,
    Overlap,
    Priority,
    PromptField,
    Prompts,
    Start,
    System,
    Webhook,
    Zone,
)
from promptmill.cli.schedules.shown import sentence
from promptmill.cli.schedules.times import Times, told_when
from promptmill.cli.schedules.what import Files, Limits, Reading, told_what
from promptmill.cli.server import running_server
from promptmill.schedule_asks import ScheduleOptions


def add(
    name: Name,
    cron: Cron = None,
    every: Every = None,
    zone: Zone = "UTC",
    start: Start = None,
    end: End = None,
    jitter: Jitter = None,
    missed: Missed = "latest",
    overlap: Overlap = "skip",
    eval_file: Eval = None,
    prompts: Prompts = None,
    batch: Batch = None,
    model: Model = None,
    max_tokens: MaxTokens = None,
    system: System = None,
    input_format: Format = None,
    prompt_field: PromptField = None,
    fail_below: FailBelow = None,
    priority: Priority = None,
    max_failures: MaxFailures = None,
    max_time_s: MaxTime = None,
    expires_in_s: ExpiresIn = None,
    max_cost: MaxCost = None,
    webhook: Webhook = None,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Have a file of prompts, a batch or an evaluation submitted again and again."""
    when = told_when(Times(cron=cron, every=every, zone=zone, start=start, end=end, jitter=jitter))
    files = Files(prompts=prompts, batch=batch, evaluation=eval_file)
    reading = Reading(model, max_tokens, system, input_format, prompt_field, fail_below)
    limits = Limits(priority, max_failures, max_time_s, expires_in_s, max_cost)
    with told_what(files, reading, limits) as what, running_server(data) as client:
        added = client.schedules.add(
            name, **_together({"missed": missed, "overlap": overlap, "webhook": webhook}, when, what)
        )
    print_json(added) if as_json else print_text(sentence(added))


def _together(*parts: ScheduleOptions) -> ScheduleOptions:
    together: ScheduleOptions = {}
    for part in parts:
        together.update(part)
    return together
