"""An evaluation by Inspect AI, answered by a running service (`promptmill up`), in both vendors' formats."""

import os
import sys
import tempfile

from inspect_ai import Task, eval  # noqa: A004 - Inspect's own name
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import match

MODEL = "claude-haiku-5-5"
SUMS = {"17 + 25": "42", "17 * 25": "425", "100 - 1": "99"}

url = os.environ.get("PROMPTMILL_URL", "http://127.0.0.1:8000")
key = os.environ.get("PROMPTMILL_API_KEY", "none")
models = [
    get_model(f"openai-api/promptmill/{MODEL}", base_url=f"{url}/openai/v1", api_key=key),
    get_model(f"anthropic/{MODEL}", base_url=url, api_key=key),
]
sums = Task(
    dataset=[Sample(input=f"What is {term}?", target=value) for term, value in SUMS.items()],
    scorer=match(numeric=True),
)

with tempfile.TemporaryDirectory() as logs:
    for log in eval(sums, model=models, display="none", log_dir=logs):
        if log.status != "success" or log.results is None:
            sys.exit(f"{log.eval.model}: {log.error}")
        [score] = log.results.scores
        print(log.eval.model, "accuracy", score.metrics["accuracy"].value)
