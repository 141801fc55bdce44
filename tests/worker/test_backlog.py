from jobs.bundle import BundleItem
from worker.engine.backlog import Backlog


def item(job_id, *, rank=1, vstart=0.0):
    return BundleItem(job_id=job_id, model="claude-haiku-5-5", rank=rank, vstart=vstart, input_tokens=1)


def ids(items):
    return [each.job_id for each in items]


def test_jobs_leave_in_the_order_of_their_virtual_start_times():
    backlog = Backlog()
    backlog.add([item("c", vstart=3.0), item("a", vstart=1.0), item("b", vstart=2.0)])
    assert ids(backlog.take(2)) == ["a", "b"]
    assert ids(backlog.take(2)) == ["c"]


def test_interactive_jobs_leave_before_all_others():
    backlog = Backlog()
    backlog.add([item("batch", vstart=0.0), item("person", rank=0, vstart=9.0)])
    assert ids(backlog.take(1)) == ["person"]


def test_a_job_offered_twice_is_held_once():
    backlog = Backlog()
    backlog.add([item("a")])
    backlog.add([item("a"), item("b")])
    assert len(backlog) == 2
    assert ids(backlog.take(9)) == ["a", "b"]


def test_a_job_that_was_taken_may_be_offered_again():
    backlog = Backlog()
    backlog.add([item("a")])
    backlog.take(1)
    backlog.add([item("a")])
    assert ids(backlog.clear()) == ["a"]
    assert len(backlog) == 0
