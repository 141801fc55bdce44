import pytest

from sandbox.script import read_script, scripts_in, without_scripts


def steps(text: str, calls: int) -> list[str | None]:
    script = read_script(text)
    assert script is not None
    found = [script.at(call) for call in range(calls)]
    return [None if one is None else one.name for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500", ["500", "500", "500", "500"]),
        ("500 x2", ["500", "500", None, None]),
        ("500, then ok", ["500", "ok", "ok", "ok"]),
        ("529 x2, then cut after=3, then ok", ["529", "529", "cut", "ok"]),
    ],
)
def test_steps_last_as_long_as_they_say(text: str, expected: list[str | None]):
    assert steps(text, 4) == expected


def test_options_words_and_quotes_are_read():
    script = read_script('400 code=a message="two words" no-retry-after')
    assert script is not None
    directive = script.at(0)
    assert directive is not None
    assert directive.options == {"code": "a", "message": "two words"}
    assert directive.words == ("no-retry-after",)


@pytest.mark.parametrize("text", ["Paris", "", "sayings", "42", "500, then dance", "500 miles"])
def test_what_is_no_script_is_none(text: str):
    assert read_script(text) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("slow 1.5", 1.5), ("slow", 9), ("slow nan", 9), ("slow 1e99", 9)]
)
def test_numbers_that_make_no_sense_are_the_default(text: str, expected: float):
    script = read_script(text)
    assert script is not None
    directive = script.at(0)
    assert directive is not None
    assert directive.number("seconds", 9) == expected


def test_scripts_are_taken_out_of_the_text():
    text = "[[slow 1]] What is [[this]]? [[say it\nloud]]"
    assert len(scripts_in(text)) == 2
    assert without_scripts(text) == "What is [[this]]?"
