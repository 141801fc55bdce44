"""What is made up for after nobody was there, as the schedule wants it."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.schedules.catching_up import LATE_AFTER, MOST_MADE_UP, decide
from jobs.schedules.schedule import MissedPolicy

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DAY = [NOW - n * HOUR for n in range(24, 0, -1)]
DAY_AND_JUST_NOW = [*DAY, NOW - SECOND]
LONG = [NOW - n * HOUR for n in range(MOST_MADE_UP + 20, 0, -1)]


@pytest.mark.parametrize(
    ("missed", "backlog", "run"),
    [
        (MissedPolicy.LATEST, DAY, 1),
        (MissedPolicy.LATEST, DAY_AND_JUST_NOW, 1),
        (MissedPolicy.SKIP, DAY, 0),
        (MissedPolicy.SKIP, DAY_AND_JUST_NOW, 1),
        (MissedPolicy.ALL, DAY, 24),
        (MissedPolicy.ALL, LONG, MOST_MADE_UP),
    ],
)
def test_after_an_outage_the_last_ones_are_run_as_the_schedule_says(missed, backlog, run):
    decision = decide(backlog, now=NOW, missed=missed)
    assert [*decision.passed_over, *decision.to_run] == backlog
    assert len(decision.to_run) == run
    assert decision.is_made_up is (missed is MissedPolicy.ALL)


@pytest.mark.parametrize("missed", MissedPolicy)
@pytest.mark.parametrize("backlog", [[], [NOW], [NOW - LATE_AFTER + n * SECOND for n in range(60)]])
def test_what_is_late_by_no_more_than_a_restart_is_all_run(missed, backlog):
    decision = decide(backlog, now=NOW, missed=missed)
    assert (decision.passed_over, decision.to_run) == ([], backlog)
    assert not decision.is_made_up
