import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude.errors import ClaudeStreamError
from claude.sse import SseDecoder, SseEvent


def decode(*pieces: bytes) -> list[tuple[str, str]]:
    decoder = SseDecoder()
    return [(event.name, event.data) for piece in pieces for event in decoder.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_ending_will_do(end: bytes):
    body = b"event: ping\ndata: {}\n\ndata: 2\n\n".replace(b"\n", end)
    assert decode(body) == [("ping", "{}"), ("message", "2")]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b": a comment\n\ndata: 1\n: another\n\n", [("message", "1")]),
        (b"data: 1\ndata: 2\n\n", [("message", "1\n2")]),
        (b"data:1\n\n", [("message", "1")]),
        (b"data:  1\n\n", [("message", " 1")]),
        (b"data\n\n", [("message", "")]),
        (b"event: a\n\ndata: 1\n\n", [("message", "1")]),
        (b"id: 7\nretry: 10\ndata: 1\n\n", [("message", "1")]),
        (b"\xef\xbb\xbfdata: 1\n\n", [("message", "1")]),
        (b"data: 1\n", []),
        (b"data: 1", []),
        (b"", []),
    ],
)
def test_fields_are_read_as_the_standard_says(body: bytes, events: list[tuple[str, str]]):
    assert decode(body) == events


@given(
    st.lists(st.sampled_from([b"data: \xe2\x98\x83", b"event: x", b":c", b"", b"\r", b"\n", b"\r\n", b"x"]))
)
def test_where_the_body_is_cut_makes_no_difference(parts: list[bytes]):
    body = b"".join(parts) + b"\n\n"
    whole = decode(body)
    assert decode(*(body[at : at + 1] for at in range(len(body)))) == whole
    assert decode(body[: len(body) // 2], b"", body[len(body) // 2 :]) == whole


def test_an_event_that_is_not_utf_8_is_an_error_after_those_before_it():
    events = SseDecoder().feed(b"data: 1\n\ndata: \xff\n\n")
    assert next(events) == SseEvent("message", "1")
    with pytest.raises(ClaudeStreamError):
        next(events)


@pytest.mark.parametrize("line", [b"x" * 60, b"data: " + b"x" * 60 + b"\n", b"data:\n" * 15])
def test_an_event_may_not_grow_without_bound(line: bytes):
    decoder = SseDecoder(max_event_bytes=100)
    list(decoder.feed(line))
    with pytest.raises(ClaudeStreamError, match="100 bytes"):
        list(decoder.feed(line))


def test_many_small_events_are_no_large_one():
    decoder = SseDecoder(max_event_bytes=100)
    assert sum(len(list(decoder.feed(b"data: 12345\n\n"))) for _ in range(1000)) == 1000
