import json

import pytest

HELLO = [{"role": "user", "content": "Hello"}]


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def prompts(jobs):
    return [job["request"]["messages"][-1]["content"] for job in jobs]


def test_plain_text_is_one_prompt_a_line(jobs_of):
    jobs = jobs_of("What is 1 + 1?\n\nWhat is 2 + 2?\n")
    assert prompts(jobs) == ["What is 1 + 1?", "What is 2 + 2?"]
    assert [job["custom_id"] for job in jobs] == ["line-1", "line-3"]


def test_what_a_row_lacks_is_filled_in(jobs_of):
    [job] = jobs_of("Hello\n", model="claude-opus-5-5", max_tokens=7, system="Be brief.")
    assert job["request"] == {
        "model": "claude-opus-5-5",
        "max_tokens": 7,
        "system": "Be brief.",
        "messages": HELLO,
    }


def test_what_a_row_says_is_kept(jobs_of):
    row = {
        "custom_id": "a",
        "prompt": "Hello",
        "model": "m",
        "max_tokens": 3,
        "system": "s",
        "temperature": 0.5,
    }
    [job] = jobs_of(lines(row), system="other")
    assert job["custom_id"] == "a"
    assert job["request"] == {
        "model": "m",
        "max_tokens": 3,
        "system": "s",
        "temperature": 0.5,
        "messages": HELLO,
    }


@pytest.mark.parametrize("field", ["prompt", "question", "input", "text"])
def test_a_prompt_goes_by_any_of_its_usual_names(jobs_of, field):
    assert prompts(jobs_of(lines({field: "Hello", "answer": "42"}))) == ["Hello"]


def test_the_data_sets_own_fields_stay_out_of_the_request(jobs_of):
    [job] = jobs_of(lines({"question": "Hello", "answer": "42", "level": 3}))
    assert set(job["request"]) == {"model", "max_tokens", "messages"}


def test_the_field_of_the_prompt_can_be_named(jobs_of):
    jobs = jobs_of(lines({"prompt": "no", "task": "Hello"}), prompt_field="task")
    assert prompts(jobs) == ["Hello"]


def test_messages_are_taken_as_they_are(jobs_of):
    [job] = jobs_of(lines({"id": 5, "messages": HELLO, "top_k": 3}))
    assert job == {
        "custom_id": "5",
        "request": {"messages": HELLO, "top_k": 3, "model": "claude-haiku-5-5", "max_tokens": 100},
    }


def test_openai_batch_lines_are_chat_requests(jobs_of):
    body = {"model": "claude-2.1", "max_tokens": 9, "messages": HELLO}
    row = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
    assert jobs_of(lines(row)) == [{"custom_id": "a", "format": "chat", "request": body}]


def test_an_openai_batch_line_for_the_messages_endpoint_is_a_messages_request(jobs_of):
    body = {"model": "m", "max_tokens": 9, "messages": HELLO}
    [job] = jobs_of(lines({"custom_id": "a", "url": "/v1/messages", "body": body}))
    assert job["format"] == "messages"


@pytest.mark.parametrize("indent", [None, 2])
def test_an_anthropic_batch_may_be_one_document(jobs_of, indent):
    params = {"model": "m", "max_tokens": 9, "messages": HELLO}
    document = {"requests": [{"custom_id": "a", "params": params}, {"custom_id": "b", "params": params}]}
    jobs = jobs_of(json.dumps(document, indent=indent))
    assert jobs == [{"custom_id": name, "request": params} for name in ("a", "b")]


def test_anthropic_batch_requests_may_stand_one_a_line(jobs_of):
    params = {"model": "m", "max_tokens": 9, "messages": HELLO}
    assert jobs_of(lines({"custom_id": "a", "params": params})) == [{"custom_id": "a", "request": params}]


def test_an_array_of_rows_is_read_too(jobs_of):
    jobs = jobs_of('[\n  {"prompt": "one"},\n  {"prompt": "two"}\n]')
    assert prompts(jobs) == ["one", "two"]
    assert [job["custom_id"] for job in jobs] == ["request-1", "request-2"]


def test_the_servers_own_job_objects_pass_through(jobs_of):
    request = {"model": "m", "max_tokens": 9, "messages": HELLO}
    job = {"custom_id": "a", "format": "chat", "request": request, "priority": "background"}
    assert jobs_of(lines(job)) == [job]


def test_a_table_has_a_column_of_prompts(jobs_of):
    jobs = jobs_of('id,prompt,answer\nq1,"Hello, you",3\nq2,"two\nlines",4\n\nq3,last,\n')
    assert [job["custom_id"] for job in jobs] == ["q1", "q2", "q3"]
    assert prompts(jobs) == ["Hello, you", "two\nlines", "last"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_columns_of_a_table_may_be_parted_in_several_ways(jobs_of, delimiter):
    table = "\n".join(delimiter.join(row) for row in (["Question", "max_tokens"], ["Hello", "12"]))
    [job] = jobs_of(table)
    assert (prompts([job]), job["request"]["max_tokens"]) == (["Hello"], 12)


def test_numbers_in_a_table_are_numbers_in_the_request(jobs_of):
    [job] = jobs_of("prompt,temperature,top_k\nHello,0.5,3\n")
    assert (job["request"]["temperature"], job["request"]["top_k"]) == (0.5, 3)


def test_a_word_on_the_first_line_of_a_text_is_no_header(jobs_of):
    assert prompts(jobs_of("text\nHello, you\n")) == ["text", "Hello, you"]


def test_a_sentence_with_commas_is_no_header(jobs_of):
    assert prompts(jobs_of("Explain this text, input, and output\n")) == [
        "Explain this text, input, and output"
    ]


def test_a_named_format_overrides_what_would_be_recognised(jobs_of):
    assert prompts(jobs_of('{"prompt": "Hello"}\n', input_format="text")) == ['{"prompt": "Hello"}']


def test_a_text_in_square_brackets_is_a_text(jobs_of):
    assert prompts(jobs_of("[INST] Hello\n")) == ["[INST] Hello"]


def test_byte_order_marks_and_windows_line_ends_leave_no_trace(jobs_of):
    assert prompts(jobs_of(b"\xef\xbb\xbfone\r\n\r\ntwo\r\n")) == ["one", "two"]
    assert prompts(jobs_of(b'\xef\xbb\xbf{"prompt": "one"}\r\n')) == ["one"]
    assert prompts(jobs_of(b"\xef\xbb\xbfprompt,id\r\none,1\r\n")) == ["one"]


def test_a_last_line_without_an_end_counts(jobs_of):
    assert prompts(jobs_of("one\ntwo")) == ["one", "two"]


def test_a_line_separator_inside_a_prompt_does_not_end_its_line(jobs_of):
    assert prompts(jobs_of("one\u2028still one\n")) == ["one\u2028still one"]


def test_a_legacy_prompt_for_the_complete_endpoint_stays_one(jobs_of):
    row = {
        "custom_id": "a",
        "prompt": "\n\nHuman: Hi\n\nAssistant:",
        "max_tokens_to_sample": 5,
        "model": "claude-2.1",
    }
    [job] = jobs_of(lines(row))
    assert job["format"] == "complete"
    assert job["request"] == {name: row[name] for name in ("prompt", "max_tokens_to_sample", "model")}


def test_a_prompt_for_a_legacy_model_is_a_chat_request(jobs_of):
    [job] = jobs_of("Hello\n", model="claude-2.1", system="Be brief.")
    assert job["format"] == "chat"
    assert job["request"]["messages"] == [{"role": "system", "content": "Be brief."}, *HELLO]


def test_the_system_prompt_of_a_chat_request_is_its_first_message(jobs_of):
    row = {"custom_id": "a", "url": "/v1/chat/completions", "body": {"model": "m", "messages": HELLO}}
    [job] = jobs_of(lines(row), system="Be brief.")
    assert job["request"]["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_system_prompt_that_is_there_stays(jobs_of):
    messages = [{"role": "system", "content": "Be long."}, *HELLO]
    [job] = jobs_of(lines({"messages": messages}), system="Be brief.")
    assert job["request"]["messages"] == messages
