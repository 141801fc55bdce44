import pytest

from claude.answer import TokenUsage
from tests.worker.limits.conversation import LANE
from worker.limits.estimates import Estimates
from worker.limits.exchange import Reply, Tally
from worker.limits.landing import NOT_SENT, STOPPED
from worker.limits.ledger import Ledger
from worker.limits.limiter import Ask, Drawn, Landed, Refusal, RefusalKind

LIMIT = "anthropic-ratelimit-requests-limit"
LEFT = "anthropic-ratelimit-requests-remaining"


def refusal(kind, **more):
    return Landed(refusal=Refusal(kind=kind, **more))


def ledger_with(count, *, tokens=100, output=40, now=50.0, ledger=None):
    """A ledger and so many permits of one exchange."""
    ledger = ledger or Ledger(lane=LANE, holder="one", estimates=Estimates())
    asks = [Ask(model="m", input_tokens=tokens)] * count
    reply = Reply(count=count, wait=0, now=now, born=1, output=output, drawn=Drawn(requests=7))
    return ledger, ledger.admission(asks, ledger.message(asks), reply).permits


@pytest.mark.parametrize(
    ("landed", "tally"),
    [
        (
            Landed(usage=TokenUsage(input=80, cache_write=30, cache_read=999, output=25)),
            Tally(input=10, output=-15, measured=1, measured_output=25, good=1, good_at=50),
        ),
        (NOT_SENT, Tally(requests=-1, input=-100, output=-40)),
        (STOPPED, Tally()),
        (Landed(), Tally(output=-40, good=1, good_at=50)),
        (refusal(RefusalKind.RATE, wait_s=1), Tally(requests=-1, input=-100, output=-40)),
        (refusal(RefusalKind.ACCOUNT), Tally(requests=-1, input=-100, output=-40)),
        (refusal(RefusalKind.OVERLOAD), Tally(output=-40, bad=1, bad_at=50)),
    ],
)
def test_what_a_landed_call_really_used_replaces_what_was_reserved(landed, tally):
    ledger, [permit] = ledger_with(1)
    ledger.landed(permit, landed)
    assert ledger.message().tally == tally


def test_a_permit_counts_until_it_is_handed_back_and_only_once():
    ledger, permits = ledger_with(3)
    assert ledger.message().held == 3
    for permit in (permits[0], permits[0]):
        ledger.landed(permit, Landed())
    message = ledger.message()
    assert (message.held, message.tally.good) == (2, 1)


def test_sums_are_told_once_and_what_was_learned_again_and_again():
    ledger, [permit] = ledger_with(1)
    ledger.landed(permit, Landed(headers={LIMIT: "50", LEFT: "49"}))
    first, second = ledger.message(), ledger.message()
    assert (first.tally.good, second.tally.good) == (1, 0)
    assert first.observed == second.observed
    assert first.observed.buckets["requests"].limit == 50


def test_of_answers_that_come_out_of_order_the_newest_call_counts():
    ledger, [old] = ledger_with(1, now=50)
    _, [new] = ledger_with(1, now=60, ledger=ledger)
    ledger.landed(new, Landed(headers={LIMIT: "50", LEFT: "40"}))
    ledger.landed(old, Landed(headers={LIMIT: "50", LEFT: "49"}))
    assert ledger.message().observed.buckets["requests"].left == 40


def test_only_what_others_must_know_is_urgent():
    ledger, permits = ledger_with(4)
    urgent = []
    for permit, landed in zip(
        permits,
        [
            Landed(headers={LIMIT: "50", LEFT: "49"}),
            Landed(headers={LIMIT: "50", LEFT: "48"}),
            Landed(headers={LIMIT: "60", LEFT: "48"}),
            refusal(RefusalKind.RATE, wait_s=2),
        ],
        strict=True,
    ):
        ledger.landed(permit, landed)
        urgent.append(ledger.is_urgent)
        ledger.message()
    assert urgent == [True, False, True, True]


def test_of_several_refusals_the_longest_wait_is_told():
    ledger, permits = ledger_with(3)
    for permit, wait_s in zip(permits, (2, 9, 1), strict=True):
        ledger.landed(permit, refusal(RefusalKind.RATE, wait_s=wait_s))
    assert ledger.message().refused.wait_s == 9


def test_a_permit_knows_what_the_lane_had_given_out_up_to_it():
    _, permits = ledger_with(2)
    assert permits[1].drawn == Drawn(requests=9, input=200, output=80, total=280)


def test_reservations_follow_what_prompts_of_the_model_really_cost():
    ledger, [permit] = ledger_with(1, tokens=100)
    ledger.landed(permit, Landed(usage=TokenUsage(input=300, output=1)))
    _, [next_permit] = ledger_with(1, tokens=100, ledger=ledger)
    assert next_permit.input_tokens == 300


@pytest.mark.parametrize(("late_s", "told"), [(0.25, 0.25), (0.001, 0.0)])
def test_a_call_that_left_late_is_told_of_at_once(late_s, told):
    ledger, _ = ledger_with(1)
    ledger.departed(late_s)
    assert ledger.is_urgent is bool(told)
    assert ledger.message().tally.late == told
