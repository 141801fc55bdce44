import json

from hypothesis import given, settings
from hypothesis import strategies as st

from claude.answer import read_answer
from claude.errors import ClaudeResponseError
from claude.request import WireApi
from tests.claude.requests_to_send import MESSAGE, legacy_request, message_request

COMPLETION = {
    "type": "completion",
    "completion": " Hi",
    "stop_reason": "stop_sequence",
    "model": "claude-2.1",
}
WHOLE = {WireApi.MESSAGES: MESSAGE, WireApi.COMPLETE: COMPLETION}
REQUESTS = {WireApi.MESSAGES: message_request(), WireApi.COMPLETE: legacy_request()}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def outcome(api, body):
    """Return how the answer ended, or None where it was refused; any other error fails the test."""
    try:
        answer = read_answer(REQUESTS[api], body, request_id="req_1")
    except ClaudeResponseError:
        return None
    assert answer.body.encode() == body
    return answer.stop_reason


@settings(deadline=None)
@given(st.sampled_from(WireApi), st.data())
def test_a_body_that_breaks_off_is_never_an_answer(api, data):
    body = json.dumps(WHOLE[api]).encode()
    assert outcome(api, body) == WHOLE[api]["stop_reason"]
    assert outcome(api, body[: data.draw(st.integers(0, len(body) - 1))]) is None


@settings(deadline=None)
@given(st.sampled_from(WireApi), st.binary() | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_and_any_json_are_refused_and_nothing_else_happens(api, body):
    assert outcome(api, body) is None


@settings(deadline=None)
@given(st.sampled_from(WireApi), st.data())
def test_an_answer_with_odd_fields_has_a_stop_reason_or_is_refused(api, data):
    odd = dict(WHOLE[api])
    for name in data.draw(st.lists(st.sampled_from(sorted(odd)), max_size=3)):
        odd[name] = data.draw(ANY_JSON)
    for name in data.draw(st.lists(st.sampled_from(sorted(odd)), max_size=3)):
        odd.pop(name, None)
    ended = outcome(api, json.dumps(odd).encode())
    assert ended is None or ended == odd["stop_reason"]


@settings(deadline=None)
@given(st.sampled_from(WireApi), st.data())
def test_a_body_with_garbled_bytes_has_a_stop_reason_or_is_refused(api, data):
    body = bytearray(json.dumps(WHOLE[api]).encode())
    at = data.draw(st.integers(0, len(body)))
    body[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=4))
    outcome(api, bytes(body))
