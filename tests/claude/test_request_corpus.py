"""Our requests against another library's: equal where it is right, and named where we differ."""

import json

import pytest

from claude.request import InvalidRequestError
from tests.claude.corpus_deviations import DEVIATIONS
from tests.claude.request_corpus import FOLDER, corpus_cases, ours, sent_by_us, theirs

CORPUS = corpus_cases()
AGREEING = [case for case in CORPUS.values() if case["id"] not in DEVIATIONS]
PRESENT = [case_id for case_id in DEVIATIONS if case_id in CORPUS]


@pytest.mark.parametrize("case", AGREEING, ids=lambda case: case["id"])
def test_the_same_request_goes_out(case):
    assert ours(case) == theirs(case)


@pytest.mark.parametrize("case_id", PRESENT)
def test_a_named_deviation_still_deviates(case_id):
    assert ours(CORPUS[case_id]) != theirs(CORPUS[case_id])


@pytest.mark.parametrize("case_id", PRESENT)
def test_a_named_deviation_is_the_one_that_is_meant(case_id):
    deviation = DEVIATIONS[case_id]
    wire = sent_by_us(CORPUS[case_id])
    if deviation.refused is not None:
        assert isinstance(wire, InvalidRequestError)
        assert deviation.refused in {problem.field for problem in wire.problems}
    else:
        body = json.loads(wire.body)
        assert {name: body.get(name) for name in deviation.sent} == deviation.sent
        assert body.keys().isdisjoint(deviation.without)


def test_every_deviation_belongs_to_a_case():
    assert not FOLDER.exists() or DEVIATIONS.keys() <= CORPUS.keys()


def test_every_deviation_has_a_reason_of_one_sentence():
    assert [name for name, deviation in DEVIATIONS.items() if not deviation.reason.endswith(".")] == []
