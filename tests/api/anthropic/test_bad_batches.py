from collections.abc import Iterator

import anthropic
import pytest

from tests.api.requests import JSON, a_body, a_request


@pytest.fixture
def sdk(refusing) -> Iterator[anthropic.Anthropic]:
    """Return Anthropic's client of the api that stores nothing."""
    url = str(refusing.base_url)
    with anthropic.Anthropic(base_url=url, api_key="sk-ant-test", max_retries=0) as client:
        yield client


def refused(refusing, content, status=400):
    answered = refusing.post("/v1/messages/batches", content=content, headers=JSON)
    assert answered.status_code == status
    body = answered.json()
    assert (body["type"], body["request_id"]) == ("error", answered.headers["request-id"])
    return body["error"]


def refused_requests(refusing, *requests):
    answered = refusing.post("/v1/messages/batches", json={"requests": requests})
    assert answered.status_code == 400
    return answered.json()["error"]


def test_every_bad_request_is_named_by_its_place_and_field(refusing):
    unknown_role = [{"role": "robot", "content": "hi"}]
    error = refused_requests(
        refusing,
        a_request("a"),
        a_request("b", messages=unknown_role),
        a_request("a"),
        a_request("c d"),
        a_request("e", messages=[]),
        a_request("f", stream=True),
        a_request("g", speed="fast"),
        {"custom_id": "h"},
        {"custom_id": "i", "params": a_body(), "note": "x"},
        7,
    )
    assert error["type"] == "invalid_request_error"
    assert "requests.1.params.messages.0.role: " in error["message"]
    assert "9 bad requests in all" in error["message"]
    assert error["details"]["count"] == 9
    assert [bad["field"] for bad in error["details"]["bad_requests"]] == [
        "requests.1.params.messages.0.role",
        "requests.2.custom_id",
        "requests.3.custom_id",
        "requests.4.params.messages",
        "requests.5.params.stream",
        "requests.6.params.speed",
        "requests.7.params",
        "requests.8.note",
        "requests.9",
    ]


def test_the_first_hundred_bad_requests_are_listed_and_all_are_counted(refusing):
    error = refused_requests(refusing, *[3] * 150)
    assert (error["details"]["count"], len(error["details"]["bad_requests"])) == (150, 100)


@pytest.mark.parametrize(
    ("custom_id", "said"),
    [("", "at least 1"), ("x" * 65, "at most 64"), ("ä", "pattern"), ("a\n", "pattern"), (7, "str")],
)
def test_a_bad_custom_id_is_refused(refusing, custom_id, said):
    message = refused_requests(refusing, a_request(custom_id))["message"]
    assert message.startswith("requests.0.custom_id: ")
    assert said in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b'{"requests": [', "not valid JSON"),
        (b"[]", "object"),
        (b"{}", "requests: Field required"),
        (b'{"requests": [], "x": 1}', "x: Extra inputs"),
        (b'{"requests": []}', "at least 1 item"),
        (b'{"requests": ' + b"[" * 5000 + b"]" * 5000 + b"}", "deep"),
        (b'{"requests": [' + b"1," * 100_000 + b"1]}", "at most 100000 items"),
        (b'{"requests": [{"custom_id": "a", "params": {"model": "\xff"}}]}', "UTF-8"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(refusing, content, said):
    assert said in refused(refusing, content)["message"]


def test_a_batch_that_is_too_large_is_refused(refusing, sdk):
    assert refused(refusing, b" " * 2_000_000, status=413)["type"] == "request_too_large"
    with pytest.raises(anthropic.APIStatusError) as caught:
        sdk.messages.batches.create(
            requests=[a_request(messages=[{"role": "user", "content": "x" * 2_000_000}])]
        )
    assert caught.value.status_code == 413


def test_another_content_type_is_refused(refusing):
    answered = refusing.post("/v1/messages/batches", content=b"{}", headers={"content-type": "text/plain"})
    assert (answered.status_code, answered.json()["type"]) == (415, "error")


def test_the_sdk_sees_a_bad_request_with_its_request_id(sdk):
    with pytest.raises(anthropic.BadRequestError) as caught:
        sdk.messages.batches.create(requests=[a_request(model=3)])
    assert caught.value.type == "invalid_request_error"
    assert caught.value.request_id.startswith("req_")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "after_id=nope", "before_id=%00", "after_id=a&before_id=b"]
)
def test_a_bad_query_is_refused(refusing, query):
    answered = refusing.get(f"/v1/messages/batches?{query}")
    assert (answered.status_code, answered.json()["type"]) == (400, "error")


@pytest.mark.parametrize("path", ["", "/results", "/cancel"])
def test_an_unknown_batch_is_not_found(refusing, path):
    answered = refusing.request(
        "POST" if path == "/cancel" else "GET", f"/v1/messages/batches/msgbatch_x{path}"
    )
    assert (answered.status_code, answered.json()["error"]["type"]) == (404, "not_found_error")
