import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.address import GradingAddress, SampleAddress, read_address
from evals.errors import EvalError

SAMPLES = st.builds(
    SampleAddress,
    variant=st.integers(0, 99),
    item_id=st.text(min_size=1),
    epoch=st.integers(1, 99),
)
NAMES = st.text(min_size=1).filter(lambda name: ":" not in name)


@given(SAMPLES)
def test_the_custom_id_of_a_sample_leads_back_to_it(address):
    assert read_address(address.custom_id) == address


@given(st.builds(GradingAddress, sample=SAMPLES, grader=NAMES, attempt=st.integers(0, 9)))
def test_the_custom_id_of_a_question_leads_back_to_it(address):
    assert read_address(address.custom_id) == address


@pytest.mark.parametrize("custom_id", ["", "request-1", "v1.e1.", "ve.e1.x"])
def test_a_custom_id_of_no_evaluation_is_refused(custom_id):
    with pytest.raises(EvalError, match="no job of an evaluation"):
        read_address(custom_id)
