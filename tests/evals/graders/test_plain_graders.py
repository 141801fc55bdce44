import pytest

TARGET = "{{ item.target }}"


@pytest.mark.parametrize(
    ("grader", "answer", "target", "value"),
    [
        ({"type": "exact"}, " Paris\n", "Paris", 1),
        ({"type": "exact"}, "paris", "Paris", 0),
        ({"type": "exact", "ignore_case": True}, "STRASSE", "straße", 1),
        ({"type": "exact", "strip": False}, "Paris ", "Paris", 0),
        ({"type": "exact", "negate": True}, "Rome", "Paris", 1),
        ({"type": "includes"}, "It is Paris.", "Paris", 1),
        ({"type": "includes", "ignore_case": True}, "it is paris", "Paris", 1),
        ({"type": "includes"}, "Rome", "Paris", 0),
        ({"type": "number"}, "so 18 apples", "$18", 1),
        ({"type": "number"}, "so 19", "18", 0),
        ({"type": "number"}, "no idea", "18", 0),
        ({"type": "number", "tolerance": 0.01}, "3.14", "3.14159", 1),
        ({"type": "number", "tolerance": 0.001}, "3.14", "3.14159", 0),
        ({"type": "number", "relative_tolerance": 0.1}, "109", "100", 1),
        ({"type": "number", "relative_tolerance": 0.1}, "111", "100", 0),
        ({"type": "number"}, "50%", "0.5", 1),
        ({"type": "number"}, "0.75", "3/4", 1),
        ({"type": "choice"}, "The answer is (B).", "B", 1),
        ({"type": "choice"}, "A. no\nB. yes\n\nAnswer: B", "B", 1),
        ({"type": "choice"}, "A good question! I choose C", "C", 1),
        ({"type": "choice"}, "**D**", "D", 1),
        ({"type": "choice"}, "b", "B", 1),
        ({"type": "choice"}, r"\boxed{\text{C}}", "C", 1),
        ({"type": "choice"}, "I don't know", "A", 0),
        ({"type": "choice", "choices": "ABCDE"}, "Option E", "E", 1),
        ({"type": "choice"}, "A is wrong, so the correct answer is D because of it.", "D", 1),
        ({"type": "regex", "pattern": r"#### (\d+)"}, "#### 12", "12", 1),
        ({"type": "regex", "pattern": r"#### (\d+)"}, "#### 13", "12", 0),
    ],
)
def test_an_answer_and_its_target(score, grader, answer, target, value):
    found = score({**grader, "target": TARGET}, answer, target=target)
    assert (found.value, found.passed) == (value, bool(value))


@pytest.mark.parametrize(
    ("grader", "answer", "value"),
    [
        ({"type": "includes", "target": ["a", "b"]}, "a", 1),
        ({"type": "includes", "target": ["a", "b"], "every": True}, "a", 0),
        ({"type": "regex", "pattern": "^a+$", "full": True}, "aaa", 1),
        ({"type": "regex", "pattern": "b", "negate": True}, "aaa", 1),
        ({"type": "length", "max": 3}, "abcd", 0),
        ({"type": "length", "min": 2, "max": 2, "unit": "words"}, "two words", 1),
        ({"type": "refusal"}, "I'm sorry, but I can't help with that.", 0),
        ({"type": "refusal"}, "I can't help but admire it: the answer is 4.", 1),
        ({"type": "refusal"}, "Sure! 4.", 1),
        ({"type": "refusal", "expected": True}, "I cannot assist with this request.", 1),
        ({"type": "json_schema", "schema": {"required": ["a"]}}, '{"a": 1}', 1),
        ({"type": "json_schema", "schema": {"required": ["a"]}}, '```json\n{"b": 1}\n```', 0),
        ({"type": "json_schema", "schema": {}}, "Sure: {}", 0),
        ({"type": "json_fields", "fields": {"a.b[0]": 1, "c": "x"}}, '{"a": {"b": [1]}, "c": "y"}', 0.5),
        ({"type": "json_fields", "fields": {"a": "1", "b": "true"}}, '{"a": 1, "b": true}', 1),
        ({"type": "json_fields", "fields": {"a": 1}}, "no JSON", 0),
    ],
)
def test_an_answer_on_its_own(score, grader, answer, value):
    assert score(grader, answer).value == value


@pytest.mark.parametrize(
    ("grader", "answer", "error"),
    [
        ({"type": "regex", "pattern": "(a|aa)+$"}, "a" * 5000 + "b", "took more than 1 s"),
        (
            {"type": "json_schema", "schema": {"pattern": "(a|aa)+$"}},
            f'"{"a" * 5000}b"',
            "took more than 1 s",
        ),
        ({"type": "json_schema", "schema": {"$ref": "http://127.0.0.1:9/x"}}, "{}", "cannot be applied"),
        ({"type": "number", "target": "many"}, "3", "holds no number"),
        ({"type": "choice", "target": "Z"}, "A", "the target is none of"),
        ({"type": "includes", "target": "{{ sample.output_text }}"}, "", "the target is empty"),
        ({"type": "exact", "target": "{{ sample.nothing }}"}, "x", "nothing"),
        ({"type": "latency", "max_s": 1}, "x", "not known"),
        ({"type": "cost", "max_usd": 1}, "x", "no price"),
    ],
)
def test_a_grader_that_fails_says_so_and_never_scores_zero(score, grader, answer, error):
    found = score(grader, answer)
    assert found.value is None
    assert error in found.error


@pytest.mark.parametrize("run", ["(", "*", "\n", "answer ", "answer is (", "A ", "\\boxed{", "1,", "1 "])
def test_a_long_run_of_anything_is_read_at_once(score, run):
    for kind in ("choice", "number", "refusal"):
        told = {"type": kind} if kind == "refusal" else {"type": kind, "target": "{{ item.target }}"}
        assert score(told, run * 20_000, target="A 1").error is None


def test_latency_and_cost_are_judged_where_they_are_known(score):
    told = {"latency_s": 2.0, "cost": 0.01}
    assert score({"type": "latency", "max_s": 2}, "x", sample=told).passed
    assert not score({"type": "latency", "max_s": 1}, "x", sample=told).passed
    assert score({"type": "cost", "max_usd": 0.02}, "x", sample=told).passed


def test_a_refusal_is_also_told_by_the_stop_reason(score):
    assert not score({"type": "refusal"}, "Well", sample={"stop_reason": "refusal"}).passed
