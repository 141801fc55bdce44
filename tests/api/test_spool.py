import hashlib
from collections.abc import Iterator
from contextlib import closing

import pytest

from api.spool import IN_MEMORY_BYTES, Spool

SMALL = 1000
LARGE = IN_MEMORY_BYTES + 1000


@pytest.fixture
def spool() -> Iterator[Spool]:
    with closing(Spool()) as opened:
        yield opened


@pytest.mark.parametrize("size", [0, SMALL, LARGE])
def test_what_was_written_comes_back_whole(spool, size):
    body = b"0123456789" * (size // 10)
    for start in range(0, len(body), 65_536):
        spool.write(body[start : start + 65_536])
    assert spool.whole() == body
    assert spool.size == len(body)
    assert spool.digest() == hashlib.sha256(body).hexdigest()


def test_only_a_large_body_goes_to_disk(spool):
    spool.write(b"a" * SMALL)
    assert not spool.is_on_disk
    spool.write(b"a" * LARGE)
    assert spool.is_on_disk


@pytest.mark.parametrize("filler", [b"", b"x" * LARGE + b"\n"])
def test_lines_come_back_afresh_each_time(spool, filler):
    spool.write(filler + b"one\n\ntwo\r\nthr")
    spool.write(b"ee")
    expected = [*([filler] if filler else []), b"one\n", b"\n", b"two\r\n", b"three"]
    assert list(spool.lines(LARGE + 1)) == expected
    assert list(spool.lines(LARGE + 1)) == expected


def test_a_line_that_is_too_long_comes_cut_and_the_next_one_whole(spool):
    spool.write(b"a" * 11 + b"\n" + b"b" * 10 + b"\n" + b"c" * (3 * IN_MEMORY_BYTES) + b"\nd")
    assert list(spool.lines(10)) == [b"a" * 11, b"b" * 10 + b"\n", b"c" * 11, b"d"]


def test_the_whole_body_may_outlive_the_spool():
    with closing(Spool()) as spool:
        spool.write(b"z" * LARGE)
        whole = spool.whole()
    assert whole[-1:] == b"z"


def test_what_was_not_digested_has_no_digest():
    with closing(Spool(is_digested=False)) as spool:
        spool.write(b"{}")
        with pytest.raises(ValueError, match="digest"):
            spool.digest()
        assert bytes(spool.whole()) == b"{}"
