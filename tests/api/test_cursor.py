import pytest

from api.cursor import CursorSealer
from jobs.errors import CursorError

SCOPE = ("jobs", "default", None, "batch_1")
LAST = "job_06h0ad93dy1e5p10zf5t720hp"


def sealer(database_url: str = "sqlite:////tmp/a.db") -> CursorSealer:
    return CursorSealer(database_url)


def test_a_cursor_opens_to_the_id_it_was_sealed_for():
    assert sealer().open(sealer().seal(LAST, SCOPE), SCOPE) == LAST


@pytest.mark.parametrize("position", range(0, 60, 7))
def test_a_cursor_with_one_changed_character_is_refused(position):
    cursor = sealer().seal(LAST, SCOPE)
    other = "A" if cursor[position] != "A" else "B"
    with pytest.raises(CursorError):
        sealer().open(cursor[:position] + other + cursor[position + 1 :], SCOPE)


def test_a_cursor_is_refused_under_every_other_spelling_of_its_last_character():
    cursor = sealer().seal("job_1", SCOPE)
    for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if character != cursor[-1]:
            with pytest.raises(CursorError):
                sealer().open(cursor[:-1] + character, SCOPE)


@pytest.mark.parametrize(
    "scope",
    [
        ("jobs", "other", None, "batch_1"),
        ("jobs", "default", "batch_1", None),
        ("batches", "default", None, "batch_1"),
        ("jobs", "default", "errored", "batch_1"),
    ],
)
def test_a_cursor_of_another_list_is_refused(scope):
    with pytest.raises(CursorError):
        sealer().open(sealer().seal(LAST, SCOPE), scope)


def test_a_cursor_of_another_database_is_refused():
    with pytest.raises(CursorError):
        sealer("sqlite:////tmp/b.db").open(sealer().seal(LAST, SCOPE), SCOPE)


@pytest.mark.parametrize("cursor", ["", "a", "%%%", "é" * 30, "A" * 10_000, "=" * 8, "_____w", "\ud800"])
def test_noise_is_refused(cursor):
    with pytest.raises(CursorError):
        sealer().open(cursor, SCOPE)
