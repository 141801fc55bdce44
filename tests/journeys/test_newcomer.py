"""What a newcomer does first: a file of prompts through `promptmill run`, with nothing running or set."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey

ROOT = Path(__file__).parents[2]
GSM8K = ROOT.parent / "shared" / "data" / "gsm8k_test.jsonl"
"""1,319 real questions, not part of the project; the examples stand in where they are missing."""
QUESTIONS = GSM8K if GSM8K.exists() else ROOT / "examples" / "arithmetic.jsonl"
OURS = ("PROMPTMILL_", "ANTHROPIC_", "DATABASE_URL", "REDIS_URL")


def test_every_question_of_a_real_file_gets_exactly_one_answer(tmp_path):
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    count = len(QUESTIONS.read_text().splitlines())
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    finished = subprocess.run(
        [sys.executable, "-P", "-m", "promptmill", "run", str(QUESTIONS), "-o", "answers.jsonl"],
        cwd=folder,
        env={**environment, "PROMPTMILL_URL": "", "PROMPTMILL_DATA": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    results = [json.loads(line) for line in (folder / "answers.jsonl").read_text().splitlines()]
    assert len(results) == count
    assert set(Counter(result["custom_id"] for result in results).values()) == {1}
    assert {result["state"] for result in results} == {"succeeded"}
    assert all(result["text"] for result in results)
    assert f"{count:,} succeeded" in finished.stderr
