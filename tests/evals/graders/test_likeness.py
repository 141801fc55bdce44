import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.definition.graders import Metric
from evals.errors import GraderError
from evals.graders.likeness import likeness

WORKING = [metric for metric in Metric if metric is not Metric.COSINE]
CAT = "the cat sat on the mat"


@pytest.mark.parametrize(
    ("metric", "text", "reference", "value"),
    [
        (Metric.FUZZY_MATCH, "kitten", "sitting", 1 - 5 / 13),  # rapidfuzz.fuzz.ratio: 61.538
        (Metric.ROUGE_1, "the cat was found under the bed", "the cat was under the bed", 12 / 13),
        (Metric.ROUGE_2, "the cat was found under the bed", "the cat was under the bed", 8 / 11),
        (Metric.ROUGE_L, "police kill the gunman", "police killed the gunman", 0.75),  # Lin 2004, section 3
        (Metric.ROUGE_L, "the gunman kill police", "police killed the gunman", 0.5),
        (Metric.BLEU, "the the the the the the the", "the cat is on the mat", (2 / 7 / 12 / 20 / 32) ** 0.25),
        (Metric.BLEU, CAT, CAT, 1),
        (Metric.GLEU, "the the the the", "the cat is on the mat", 2 / 18),
        (Metric.METEOR, "on the mat sat the cat", CAT, 0.5),  # six matches in six chunks, F = 1
        (Metric.METEOR, CAT, CAT, 1 - 0.5 / 216),
        (Metric.METEOR, "the cat was sat on the mat", CAT, 0.9654),
    ],
)
def test_the_metrics_have_the_values_of_their_papers(metric, text, reference, value):
    assert likeness(metric, text, reference) == pytest.approx(value, abs=1e-4)


@given(st.sampled_from(WORKING), st.text(), st.text())
def test_every_metric_lies_between_nothing_and_all(metric, text, reference):
    assert 0 <= likeness(metric, text, reference) <= 1


def test_cosine_says_what_it_lacks():
    with pytest.raises(GraderError, match="embeddings"):
        likeness(Metric.COSINE, "a", "a")


def test_a_threshold_decides_what_passes(score):
    told = {"type": "similarity", "target": "kitten", "pass_threshold": 0.6}
    assert score(told, "sitting").passed
    assert not score({**told, "pass_threshold": 0.7}, "sitting").passed
