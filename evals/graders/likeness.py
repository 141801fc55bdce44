"""How alike two texts are, from 0 to 1: the metrics of OpenAI's `text_similarity`, on words in lower case.

fuzzy_match  1 - insertions and deletions / both lengths (rapidfuzz's `ratio`), on characters
bleu         Papineni et al. 2002, up to 4-grams; orders without a match count halves (Chen, Cherry 2014)
gleu         Wu et al. 2016: the lower of precision and recall over all 1- to 4-grams
meteor       Banerjee, Lavie 2005: exact words only, recall counts nine times, chunks are penalised
rouge_n, l   Lin 2004: F1 over n-grams, or over the longest common subsequence
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from evals.definition.graders import Metric, Similarity
from evals.errors import GraderError
from evals.graders.exam import Exam, Mark

Words = Sequence[str]

LONGEST_TEXT = 100_000  # characters
HIGHEST_ORDER = 4
_WORD = re.compile(r"\w+|[^\w\s]")


def grade_similarity(told: Similarity, exam: Exam) -> Mark:
    """Score how near the answer comes to the target; passes in full, or from the threshold."""
    answer, target = exam.filled(told.output), exam.filled(told.target)
    if max(len(answer), len(target)) > LONGEST_TEXT:
        raise GraderError(f"a text has more than {LONGEST_TEXT:,} characters")
    value = likeness(told.metric, answer, target)
    return Mark(value=value, explanation=f"{told.metric} {value:.3f}")


def likeness(metric: Metric, text: str, reference: str) -> float:
    """Return how alike two texts are; raises GraderError for a metric that takes a model."""
    if metric is Metric.FUZZY_MATCH:
        return fuzz.ratio(text, reference) / 100
    measure = _MEASURES.get(metric)
    if measure is None:
        raise GraderError("cosine needs embeddings, which Claude has none of; use another metric")
    found, wanted = words_of(text), words_of(reference)
    if not found or not wanted:
        return float(found == wanted)
    return measure(found, wanted)


def words_of(text: str) -> list[str]:
    """Return the words and signs of a text in lower case."""
    return _WORD.findall(text.lower())


def bleu(found: Words, wanted: Words) -> float:
    """Return BLEU of one sentence; orders longer than the answer do not count."""
    logs, zeros = [], 0
    for order in range(1, min(HIGHEST_ORDER, len(found)) + 1):
        matches, total = _matches(found, wanted, order), len(found) - order + 1
        if not matches and order == 1:
            return 0.0
        zeros += not matches
        logs.append(math.log(matches / total if matches else 1 / (2**zeros * total)))
    brevity = min(0.0, 1 - len(wanted) / len(found))
    return math.exp(brevity + sum(logs) / len(logs))


def gleu(found: Words, wanted: Words) -> float:
    """Return Google's BLEU of one sentence."""
    orders = range(1, HIGHEST_ORDER + 1)
    matches = sum(_matches(found, wanted, order) for order in orders)
    longest = max(sum(max(len(words) - order + 1, 0) for order in orders) for words in (found, wanted))
    return matches / longest


def meteor(found: Words, wanted: Words) -> float:
    """Return METEOR with exact matches."""
    pairs = _aligned(found, wanted)
    if not pairs:
        return 0.0
    precision, recall = len(pairs) / len(found), len(pairs) / len(wanted)
    mean = 10 * precision * recall / (recall + 9 * precision)
    chunks = 1 + sum((left[0] + 1, left[1] + 1) != right for left, right in pairwise(pairs))
    return mean * (1 - 0.5 * (chunks / len(pairs)) ** 3)


def rouge(order: int) -> Callable[[Words, Words], float]:
    """Return the measure ROUGE-n for n-grams of one order."""

    def measure(found: Words, wanted: Words) -> float:
        return _f1(
            _matches(found, wanted, order), max(len(found) - order + 1, 0), max(len(wanted) - order + 1, 0)
        )

    return measure


def rouge_l(found: Words, wanted: Words) -> float:
    """Return ROUGE-L."""
    return _f1(LCSseq.similarity(found, wanted), len(found), len(wanted))


def _f1(matches: int, found: int, wanted: int) -> float:
    return 2 * matches / (found + wanted) if matches else 0.0


def _grams(words: Words, order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + order]) for at in range(len(words) - order + 1))


def _matches(found: Words, wanted: Words, order: int) -> int:
    return (_grams(found, order) & _grams(wanted, order)).total()


def _aligned(found: Words, wanted: Words) -> list[tuple[int, int]]:
    """Pair each word with the next free place of its kind in the reference."""
    places: dict[str, list[int]] = {}
    for at in range(len(wanted) - 1, -1, -1):
        places.setdefault(wanted[at], []).append(at)
    return [(at, places[word].pop()) for at, word in enumerate(found) if places.get(word)]


_MEASURES: dict[Metric, Callable[[Words, Words], float]] = {
    Metric.BLEU: bleu,
    Metric.GLEU: gleu,
    Metric.METEOR: meteor,
    Metric.ROUGE_1: rouge(1),
    Metric.ROUGE_2: rouge(2),
    Metric.ROUGE_3: rouge(3),
    Metric.ROUGE_4: rouge(4),
    Metric.ROUGE_5: rouge(5),
    Metric.ROUGE_L: rouge_l,
}
