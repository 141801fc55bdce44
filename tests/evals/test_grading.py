import pytest

from evals.address import SampleAddress
from evals.graders.exam import Reply
from evals.grading import grade
from evals.sample import sample_of

YES = {"type": "exact", "target": "4", "name": "yes"}
NO = {"type": "exact", "target": "5", "name": "no"}
HALF = {"type": "json_fields", "fields": {"a": 1, "b": 2}, "name": "half"}
BROKEN = {"type": "number", "target": "none", "name": "broken"}
JUDGE = {"type": "model", "model": "claude-haiku-5-5", "rubric": "?", "name": "judge"}


@pytest.fixture
def graded(make_definition, make_item, make_sample):
    """Returns the result for an answer of 4."""

    def run(*graders, text="4", replies=None, **fields):
        definition = make_definition(graders=list(graders), **fields)
        return grade(definition, make_item(answer="4"), make_sample(text), replies)

    return run


@pytest.mark.parametrize(
    ("fields", "value", "passed"),
    [
        ({}, 0, False),
        ({"combine": "any"}, 1, True),
        ({"combine": "weighted"}, 0.5, False),
        ({"combine": "weighted", "pass_threshold": 0.5}, 0.5, True),
    ],
)
def test_several_graders_make_one_overall_score(graded, fields, value, passed):
    found = graded(YES, NO, **fields).result.score()
    assert (found.value, found.passed) == (value, passed)


@pytest.mark.parametrize(
    ("combination", "value", "passed"),
    [
        ({"type": "all", "graders": [YES, NO]}, 0, False),
        ({"type": "any", "graders": [YES, NO]}, 1, True),
        ({"type": "weighted", "graders": [{**YES, "weight": 3}, NO]}, 0.75, False),
        ({"type": "weighted", "graders": [{**YES, "weight": 3}, NO], "pass_threshold": 0.7}, 0.75, True),
        ({"type": "multi", "graders": {"a": YES, "b": NO}, "calculate_output": "(a + b) / 4"}, 0.25, False),
        ({"type": "all", "graders": [{"type": "any", "graders": [YES, NO]}, YES]}, 1, True),
    ],
)
def test_graders_are_combined(graded, combination, value, passed):
    found = graded({**combination, "name": "both"}).result.score("both")
    assert (found.value, found.passed) == (value, passed)


def test_the_parts_of_a_combination_are_scored_under_its_name(graded):
    result = graded({"type": "all", "name": "both", "graders": [YES, {**YES, "name": ""}, NO]}).result
    assert [score.grader for score in result.scores] == [
        "overall",
        "both",
        "both/yes",
        "both/exact",
        "both/no",
    ]


@pytest.mark.parametrize("kind", ["all", "any", "weighted"])
def test_a_part_that_fails_leaves_the_whole_without_a_score(graded, kind):
    result = graded({"type": kind, "name": "both", "graders": [YES, BROKEN]}).result
    assert result.score("both/yes").value == 1
    assert "holds no number" in result.score("both").error
    assert result.score().value is None
    assert "holds no number" in result.score().error


def test_a_formula_without_a_value_is_an_error_on_the_sample(graded):
    told = {"type": "multi", "name": "m", "graders": {"b": NO}, "calculate_output": "1 / b"}
    assert "has no value here" in graded(told).result.score("m").error


def test_all_open_questions_come_at_once_however_deep(graded):
    nested = {"type": "any", "name": "both", "graders": [JUDGE, {**JUDGE, "name": "second"}]}
    found = graded(YES, nested, {"type": "python", "source": "x = 1"})
    assert [question.grader for question in found.questions] == ["both/judge", "both/second", "python"]
    replies = {
        ("both/judge", 0): Reply(text='{"score": 1}'),
        ("both/second", 0): Reply(text='{"score": 0}'),
        ("python", 0): Reply(value=1.0),
    }
    assert graded(YES, nested, {"type": "python", "source": "x = 1"}, replies=replies).result.score().passed


def test_a_threshold_of_the_graders_own_decides(graded):
    found = graded({**HALF, "pass_threshold": 0.5}, text='{"a": 1}').result.score("half")
    assert (found.value, found.passed) == (0.5, True)


def test_a_sample_without_an_answer_is_not_graded(make_definition, make_item, make_sample):
    result = grade(make_definition(), make_item(answer="4"), make_sample(error="overloaded")).result
    assert result.error == "overloaded"
    assert [(score.grader, score.value, score.error) for score in result.scores] == [
        ("overall", None, "overloaded")
    ]


@pytest.mark.parametrize(
    ("expected", "answer", "passed"),
    [
        ("4", "4", True),
        ("contains: our", "four", True),
        ("icontains-any: x, OUR", "four", True),
        ("not-contains: our", "four", False),
        ("regex: ^f.+r$", "four", True),
        ("equals: {4}", "{4}", True),
        ("is-json", '{"a": 1}', True),
        ("levenshtein(0.5): fout", "four", True),
        ("starts-with: fo", "four", True),
        ("note: this is just text", "note: this is just text", True),
    ],
)
def test_promptfoos_expectations(score, expected, answer, passed):
    assert score({"type": "expected"}, answer, __expected=expected).passed is passed


def test_an_expectation_that_would_run_code_is_an_error_that_says_so(score):
    assert (
        "'javascript' cannot be carried out"
        in score({"type": "expected"}, "4", __expected="javascript: 1").error
    )


def test_an_answer_in_messages_format_becomes_a_sample():
    body = (
        '{"content": [{"type": "thinking", "thinking": "h"}, {"type": "text", "text": "fo"},'
        '{"type": "text", "text": "ur"}, {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}],'
        '"stop_reason": "end_turn", "model": "claude-haiku-5-5"}'
    )
    sample = sample_of(SampleAddress(variant=0, item_id="1", epoch=1), body, latency_s=0.5)
    assert (sample.output_text, sample.stop_reason, sample.latency_s) == ("four", "end_turn", 0.5)
    assert sample.fields["output_tools"][0]["function"] == {"name": "f", "arguments": '{"a":1}'}


def test_an_answer_that_cannot_be_read_is_a_sample_in_error():
    assert sample_of(SampleAddress(variant=0, item_id="1", epoch=1), "[]").error
