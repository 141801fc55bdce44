import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.graders.numbers import last_number

GSM8K = Path(__file__).parents[4] / "shared" / "data" / "gsm8k_test.jsonl"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("So the answer is 18.", "18"),
        ("9 * 2 = $<<9*2=18>>18 every day", "18"),
        ("first 3, then 70,000 dollars", "70000"),
        ("$1,234.50", "1234.5"),
        ("1.234,56 EUR", "1234.56"),
        ("it is -5", "-5"),
        ("x=-5", "-5"),
        ("it is \u22125.25 degrees", "-5.25"),
        ("-$3", "-3"),
        ("pages 3-5", "5"),
        ("10 - 4", "4"),
        ("3/4", "3/4"),
        ("-3/4 of it", "-3/4"),
        ("1 1/2 cups", "3/2"),
        (r"\boxed{\frac{1}{3}}", "1/3"),
        (r"\boxed{18}", "18"),
        (r"1{,}000", "1000"),
        ("1 000 in French", "0"),
        ("1\u202f000", "1000"),
        ("6.02e23", "602000000000000000000000"),
        ("2.5e-3", "1/400"),
        ("1.5 \u00d7 10^3", "1500"),
        ("1.5 x 10^{-2} mol", "3/200"),
        ("50%", "50"),
        ("2 million people", "2000000"),
        ("#### 72", "72"),
        (".5", "1/2"),
        ("**12**", "12"),
        ("12km", "12"),
        ("1,2,3", "3"),
        ("wait...5", "5"),
        ("version 1.2.3", "1.2"),
    ],
)
def test_the_last_number_of_a_text(text, value):
    assert last_number(text).value == Fraction(value)


@pytest.mark.parametrize("text", ["", "none", "GPT4", "1/0", "5e9999"])
def test_what_is_no_number(text):
    assert last_number(text) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_number_written_with_thousands_separators_is_found(number):
    assert last_number(f"All in all it makes {number:,} of them.").value == Fraction(number)


@given(st.text(alphabet="0123456789,.-/ eE%$^x{}\\frac", max_size=200))
def test_whatever_the_text_it_ends(text):
    last_number(text)


def test_the_reference_answers_of_gsm8k_are_all_right():
    lines = GSM8K.read_text().splitlines() if GSM8K.exists() else ['{"answer": "She has 5.\\n#### 5"}']
    for answer in (json.loads(line)["answer"] for line in lines):
        wanted = Fraction(answer.rpartition("####")[2].strip().replace(",", ""))
        assert last_number(answer).value == wanted
