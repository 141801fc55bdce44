"""A batch that recurs: what is kept of it is what is submitted, and what could never be is refused."""

from datetime import timedelta

import pytest

from claude.dialect import Dialect
from claude.request import Problem
from jobs.errors import InvalidSubmissionError
from jobs.job import Priority
from jobs.schedules.recurring_batch import BatchTemplate, check_template, plan_of, template_of
from jobs.settings import read_settings
from jobs.submission import BatchOptions, SubmittedRequest
from jobs.webhooks.destination import WebhookRefusedError
from tests.factories import BODY

HEADERS = {"anthropic-version": "2023-06-01", "anthropic-beta": "x"}
UNKNOWN = BODY.replace("claude-sonnet-4-5", "claude-nobody")


def a_template(body=BODY, *, fault=None, **options):
    request = SubmittedRequest(
        custom_id="ä-1",
        dialect=Dialect.MESSAGES,
        body=body,
        headers=HEADERS,
        priority=Priority.BACKGROUND,
        max_failures=7,
        max_time_s=1.5,
        expires_in=timedelta(minutes=3),
        fault=fault,
    )
    return BatchTemplate(requests=[request], headers=HEADERS, options=BatchOptions(**options))


def test_what_is_kept_is_what_is_submitted_byte_for_byte():
    body = BODY.replace("2+2?", '2 +\\u0020 2 \\"ß\\"?')
    template = a_template(
        body, name="nightly 1", expires_in=timedelta(hours=2), max_cost=0.5, webhook="https://example.com"
    )
    assert template_of(plan_of(template), "nightly 1") == template


@pytest.mark.parametrize(
    ("template", "error"),
    [
        (a_template('{"model": 1}'), InvalidSubmissionError),
        (a_template(fault=Problem(field="run_at", message="no")), InvalidSubmissionError),
        (a_template(UNKNOWN, max_cost=1.0), InvalidSubmissionError),
        (a_template(webhook="ftp://example.com"), WebhookRefusedError),
        (BatchTemplate(requests=[], headers={}, options=BatchOptions()), InvalidSubmissionError),
    ],
)
def test_what_could_never_be_submitted_is_refused_before_it_is_kept(template, error):
    settings = read_settings({"PROMPTMILL_WEBHOOK_SECRET": "x" * 32})
    check_template(a_template(max_cost=1.0, webhook="https://example.com"), settings)
    with pytest.raises(error):
        check_template(template, settings)
