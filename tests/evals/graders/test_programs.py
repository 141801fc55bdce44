import pytest

from evals.graders.exam import ProgramRun, Reply
from evals.graders.program_process import run_program
from evals.grading import grade

HEAD = "def grade(sample, item):\n    "


def ran(body, timeout_s=5.0):
    run = ProgramRun(
        grader="it",
        source=HEAD + body,
        sample={"output_text": "four"},
        item={"answer": "four"},
        timeout_s=timeout_s,
    )
    return run_program(run, is_allowed=True)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return float(sample['output_text'] == item['answer'])", 1.0),
        ("import difflib, json, re, statistics; return 0.25", 0.25),
        ("print('{\"value\": 1}'); return 0", 0.0),
    ],
)
def test_a_program_scores(body, value):
    assert ran(body) == Reply(value=value)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("return 'good'", "must return a finite number"),
        ("return float('nan')", "must return a finite number"),
        ("import os; os._exit(0)", "without a score"),
        ("return open('/etc/passwd').read()", "files are not allowed"),
        ("return open('new', 'w')", "files are not allowed"),
        ("import os; return len(os.listdir('/'))", "files are not allowed"),
        ("import socket; socket.socket()", "socket.__new__ is not allowed"),
        ("import os; os.fork()", "os.fork is not allowed"),
        ("import subprocess; subprocess.run(['ls'])", "is not allowed"),
        ("import ctypes; ctypes.CDLL(None)", "ctypes.dlopen is not allowed"),
        ("return len('a' * 10**10)", "MemoryError"),
    ],
)
def test_a_program_that_goes_too_far_is_an_error(body, error):
    found = ran(body)
    assert found.value is None
    assert error in found.error


def test_a_program_that_does_not_end_is_ended():
    assert ran("while True: pass", timeout_s=0.2).error == "the program took more than 0.2 s"


def test_a_program_is_not_run_unless_that_is_allowed():
    run = ProgramRun(grader="it", source="", sample={}, item={}, timeout_s=1.0)
    assert "switched off" in run_program(run, is_allowed=False).error


def test_the_grader_asks_for_its_program_and_takes_the_answer(make_definition, make_item, make_sample):
    definition = make_definition(graders=[{"type": "python", "source": HEAD + "return 1"}])
    item, sample = make_item(answer="4"), make_sample("4")
    question = grade(definition, item, sample).questions[0]
    assert (question.item, question.sample["output_text"]) == (item.fields, "4")
    found = grade(definition, item, sample, {("python", 0): Reply(value=0.5)})
    assert found.result.score("python").value == 0.5
