import json

import pytest

from promptmill.errors import Detail, InputError, Problem, RefusedError
from promptmill.inputs.container import InputFormat
from promptmill.inputs.prepare import InputOptions, prepared
from promptmill.inputs.request import Defaults

OPTIONS = InputOptions(defaults=Defaults(model="m", max_tokens=1, system=None))


def refusal(jobs_of, content, **options):
    with pytest.raises(InputError) as caught:
        jobs_of(content, **options)
    return caught.value


def test_every_bad_line_is_listed_with_its_number(jobs_of):
    error = refusal(jobs_of, '{"prompt": "ok"}\n\n{"prompt"}\n{"promt": "x"}\n[1]\n')
    assert error.count == 3
    assert [problem.place for problem in error.problems] == ["line 3", "line 4", "line 5"]
    assert "not JSON" in error.problems[0].message
    assert "--prompt-field" in error.problems[1].message
    assert "not an object" in error.problems[2].message


def test_of_many_bad_lines_the_first_hundred_are_listed_and_all_are_counted(jobs_of):
    error = refusal(jobs_of, '{"prompt": ""}\n' * 250)
    assert (len(error.problems), error.count) == (100, 250)


def test_a_bad_row_is_named_by_its_custom_id_and_field(jobs_of):
    error = refusal(jobs_of, '{"custom_id": "a", "prompt": 7}\n')
    assert str(error.problems[0]) == "line 1 (a): prompt: must be a text that is not empty"


@pytest.mark.parametrize("name", ["prompts", "prompts.csv", "prompts.jsonl"])
def test_bytes_that_are_not_utf8_are_found_on_their_line(jobs_of, name):
    content = (
        b"prompt,id\nok,1\n\xff\xfe,2\n"
        if name.endswith("csv")
        else b'{"prompt": "ok"}\n{"prompt": "\xff"}\n'
    )
    assert [str(problem) for problem in refusal(jobs_of, content, name=name).problems] == [
        f"line {3 if name.endswith('csv') else 2}: is not UTF-8"
    ]


def test_utf16_is_told_apart_from_garbage(jobs_of):
    assert "UTF-16" in str(refusal(jobs_of, "Hello".encode("utf-16")))


@pytest.mark.parametrize("content", ["\n \n", "prompt,id\n", '{"requests": []}', "[]"])
def test_an_input_without_prompts_says_so(jobs_of, content):
    assert "holds no prompts" in str(refusal(jobs_of, content))


def test_an_empty_file_says_so(jobs_of):
    assert "is empty" in str(refusal(jobs_of, ""))


def test_a_file_that_is_not_there_says_so(tmp_path):
    path = tmp_path / "nowhere.txt"
    with pytest.raises(InputError, match="No such file"), prepared(str(path), OPTIONS):
        pass


def test_a_row_with_more_cells_than_columns_is_refused(jobs_of):
    [problem] = refusal(jobs_of, "prompt,id\nHello, you,1\n").problems
    assert (problem.place, problem.message) == ("line 2", "has 3 cells, but the header names 2 columns")


def test_a_quote_that_is_never_closed_is_refused(jobs_of):
    [problem] = refusal(jobs_of, 'prompt,id\n"Hello,1\nyou,2\n').problems
    assert problem.place == "line 2"


def test_a_row_of_a_table_without_a_prompt_is_refused(jobs_of):
    [problem] = refusal(jobs_of, "prompt,id\n,1\nHello,2\n").problems
    assert problem.place == "line 2"


def test_an_endpoint_that_cannot_be_run_is_named(jobs_of):
    row = {"custom_id": "a", "url": "/v1/embeddings", "body": {"input": "x"}}
    assert "/v1/embeddings" in str(refusal(jobs_of, json.dumps(row)).problems[0])


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_line_nested_too_deep_is_refused_like_any_other(jobs_of, depth):
    content = '{"prompt": ' + "[" * depth + "]" * depth + "}\n"
    jobs_of('{"prompt": "ok"}\n')
    error = refusal(jobs_of, content + '{"prompt": 3}\n', name="deep.jsonl")
    assert error.problems[-1].place == "line 2"


def test_a_document_that_breaks_off_is_refused(jobs_of):
    assert "not a JSON document" in str(refusal(jobs_of, '{"requests": [\n{"custom_id": "a",'))


def test_requests_of_a_document_are_counted_from_one(jobs_of):
    error = refusal(jobs_of, '{"requests": [{"params": {"messages": []}}, {"params": 3}, 7]}')
    assert [problem.place for problem in error.problems] == ["request 2", "request 3"]


def test_the_servers_refusal_is_told_in_the_inputs_own_lines(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("\n\none\n\ntwo\n")
    refused = RefusedError(
        "no", status=400, kind="x", details=[Detail(index=1, message="is bad", field="model")], count=7
    )
    with prepared(str(path), OPTIONS) as submission:
        error = submission.explain(refused)
    assert str(error.problems[0]) == "line 5: model: is bad"
    assert error.count == 7


def test_each_format_can_be_asked_for_by_name(jobs_of):
    for name in InputFormat:
        with pytest.raises(InputError):
            jobs_of("\n", input_format=name)


@pytest.mark.parametrize("name", ["prompts", "prompts.csv"])
def test_a_line_that_csv_cannot_read_is_no_crash(jobs_of, name):
    if name.endswith("csv"):
        assert "is not CSV" in str(refusal(jobs_of, "a\rb,prompt\nx,y\n", name=name))
    else:
        assert len(jobs_of("a\rb,prompt\nx,y\n", name=name)) == 2


def test_a_binary_file_is_refused_in_one_sentence(jobs_of):
    error = refusal(jobs_of, b"\x7fELF\x02\x00\x00\n" * 9)
    assert (error.problems, "is not text" in str(error)) == ([], True)


@pytest.mark.parametrize(("field", "wanted"), [("zzz", "zzz"), (None, "prompt or question")])
def test_a_table_without_the_column_says_so_once(jobs_of, field, wanted):
    error = refusal(jobs_of, "foo,bar\n1,2\n3,4\n", name="t.csv", prompt_field=field)
    assert error.problems == []
    assert f"has no column {wanted}" in str(error)
    assert "only foo, bar" in str(error)


def test_a_column_named_twice_is_refused(jobs_of):
    assert "names 'prompt' twice" in str(refusal(jobs_of, "prompt,prompt\na,b\n"))


def test_blank_lines_before_a_header_are_passed_over(jobs_of):
    [job] = jobs_of("\n\nprompt,note\nHello,x\n")
    assert job["custom_id"] == "line-4"


@pytest.mark.parametrize("options", [{}, {"input_format": "text"}])
def test_plain_text_has_no_prompt_field(jobs_of, options):
    error = refusal(jobs_of, "prompt,note\nHello,x\n", prompt_field="promt", **options)
    assert "plain text, which has no field 'promt'" in str(error)


def test_a_custom_id_used_twice_is_listed_with_the_other_bad_lines(jobs_of):
    rows = '{"custom_id": "a", "prompt": "x"}\n\n{"custom_id": "a", "prompt": "y"}\n{"prompt": ""}\n'
    found = [str(problem) for problem in refusal(jobs_of, rows).problems]
    assert found[0] == "line 3 (a): custom_id: is that of line 1 already"
    assert found[1].startswith("line 4")


def test_a_custom_id_is_shown_short_and_without_control_characters():
    shown = str(Problem(place="line 1", message="no", custom_id="\x1b[31m" + "i" * 5000))
    assert "\x1b" not in shown
    assert len(shown) < 100
