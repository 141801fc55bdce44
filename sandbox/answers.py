"""What the sandbox says: what it was told to, the answer to a sum, or something plausible."""

from fractions import Fraction

from sandbox.arithmetic import answer_to, written
from sandbox.faults import chance
from sandbox.script import Plan, without_scripts

OPENINGS = (
    "Let me work through this step by step.",
    "Here is how I would look at it.",
    "Good question; taking it one piece at a time.",
    "Going through what is given.",
)
MIDDLES = (
    "First I note the quantities that are stated, then combine them in the order the text suggests.",
    "The parts that matter are the amounts and how they relate to each other.",
    "Putting the pieces together gives a single figure.",
    "Each step follows from the one before it, so the result can be checked at the end.",
)
FILLER = ("mill", "grain", "water", "wheel", "stone", "flour", "sack", "belt", "gear", "chute")
LARGEST_GUESS = 400
LARGEST_SLIP = 9


def text_for(
    asked: str, plan: Plan, *, digest: bytes, seed: int, error_rate: float, prefill: str = ""
) -> str:
    """Return the text of an answer: always the same for the same prompt, plan and seed."""
    if said := plan.get("say"):
        return said.text
    if length := plan.get("tokens"):
        return filler(int(length.number("count", 100)))
    question = without_scripts(asked)
    if plan.get("echo"):
        return question
    value = value_for(question, plan, digest=digest, seed=seed, error_rate=error_rate)
    if prefill.lstrip().startswith("{"):
        return _rest_of_object(prefill, "0" if value is None else written(value))
    return plausible(digest) if value is None else written(value)


def value_for(question: str, plan: Plan, *, digest: bytes, seed: int, error_rate: float) -> Fraction | None:
    """Return the answer to a sum, wrong as often as the error rate says; None if no sum is asked for."""
    value = answer_to(question)
    if value is None:
        return None
    wrong = plan.get("wrong") is not None or chance(seed, "error", digest.hex()) < error_rate
    return value + 1 + int(chance(seed, "slip", digest.hex()) * LARGEST_SLIP) if wrong else value


def plausible(digest: bytes) -> str:
    """Return a short text that suits most questions, with a number at the end."""
    number = int.from_bytes(digest)
    opening, middle = OPENINGS[number % len(OPENINGS)], MIDDLES[number // 7 % len(MIDDLES)]
    return f"{opening} {middle} The answer is {number // 31 % LARGEST_GUESS + 1}."


def filler(count: int) -> str:
    """Return a text of exactly so many output tokens."""
    return " ".join(FILLER[index % len(FILLER)] for index in range(count))


def _rest_of_object(prefill: str, value: str) -> str:
    opened = prefill.strip() == "{"
    return f'"answer": {value}}}' if opened else f" {value}}}"
