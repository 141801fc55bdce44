import random

import pytest

from sandbox.arithmetic import answer_to, written


def answered(text: str) -> str | None:
    value = answer_to(text)
    return None if value is None else written(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is 17 + 25?", "42"),
        ("What is 17 plus 25? Reply with the number only.", "42"),
        ("what's 12 - 5, please", "7"),
        ("Compute (3 + 4) * (2 - 6)", "-28"),
        ("Calculate: 2 + 3 * 4 - 1", "13"),
        ("Compute 7 times 6.", "42"),
        ("How much is 10 divided by 4?", "2.5"),
        ("What is 100 / 3?", "33.333333"),
        ("What is 1,234 + 1,000,000?", "1001234"),
        ("What is 6 \u00d7 7?", "42"),
        ("What is 84 \u00f7 2 \u2212 0?", "42"),
        ("What is -5 + -6?", "-11"),
        ("What is 3 x 4?", "12"),
        ("17 + 25 =", "42"),
        ("(1+2)*(3+4)", "21"),
        ("What is the sum of 4 and 5?", "9"),
        ("What is the product of 6 and 7?", "42"),
        ("Q: What is 2 + 2? A: 4\nQ: What is 3 + 3? A:", "6"),
        ("Evaluate the expression 9 - (4 - (3 - 1))", "7"),
        ("What is 2 + 2? Then what is your name?", "4"),
    ],
)
def test_sums_are_answered(text: str, expected: str):
    assert answered(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "What is love?",
        "What is 5?",
        "A robe takes 2 bolts of blue fiber and 1/2 that much white fiber. How many in total?",
        "She left on 2024-05-01 and paid $3-$5.",
        "What is 4 / 0?",
        "What is the quotient of 4 and 0?",
        "What is (1 + 2?",
        "What is " + "(" * 500 + "1" + ")" * 500,
        "What is " + "9*" * 900 + "9?",
        "+ + +",
        "",
    ],
)
def test_anything_else_is_not(text: str):
    assert answered(text) is None


def test_random_expressions_agree_with_python():
    draw = random.Random(4)
    for _ in range(300):
        numbers = [draw.randint(1, 99) for _ in range(4)]
        a, b, c = (draw.choice("+-*") for _ in range(3))
        text = f"({numbers[0]} {a} {numbers[1]}) {b} {numbers[2]} {c} {numbers[3]}"
        assert answered(f"What is {text}?") == str(eval(text)), text
