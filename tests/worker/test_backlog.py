from jobs.bundle import BundleItem
from worker.engine.backlog import Backlog, Offer


def an_offer(job_id, *, rank=1, vstart=0.0, until=100.0):
    item = BundleItem(job_id=job_id, model="claude-haiku-5-5", rank=rank, vstart=vstart, input_tokens=1)
    return Offer(item, until)


def ids(offers):
    return [offer.item.job_id for offer in offers]


def test_jobs_leave_in_the_order_of_their_virtual_start_times():
    backlog = Backlog()
    backlog.add([an_offer("c", vstart=3.0), an_offer("a", vstart=1.0), an_offer("b", vstart=2.0)])
    assert ids(backlog.take(2)) == ["a", "b"]
    assert ids(backlog.take(2)) == ["c"]


def test_interactive_jobs_leave_before_all_others():
    backlog = Backlog()
    backlog.add([an_offer("batch", vstart=0.0), an_offer("person", rank=0, vstart=9.0)])
    assert ids(backlog.take(9)) == ["person"], "what is taken at once is of one kind"
    assert ids(backlog.take(9)) == ["batch"]


def test_a_job_offered_twice_is_held_once():
    backlog = Backlog()
    backlog.add([an_offer("a")])
    backlog.add([an_offer("a"), an_offer("b")])
    assert len(backlog) == 2
    assert ids(backlog.take(9)) == ["a", "b"]


def test_a_job_that_was_taken_may_be_offered_again():
    backlog = Backlog()
    backlog.add([an_offer("a")])
    backlog.take(1)
    backlog.add([an_offer("a")])
    assert ids(backlog.clear()) == ["a"]
    assert len(backlog) == 0


def test_what_has_lapsed_is_dropped_and_the_rest_keeps_its_order():
    backlog = Backlog()
    backlog.add(
        [an_offer("b", vstart=2.0), an_offer("old", vstart=1.0, until=9.0), an_offer("c", vstart=3.0)]
    )
    backlog.drop_lapsed(10.0)
    assert len(backlog) == 2
    assert backlog.head == (1, 2.0)
    assert ids(backlog.take(9)) == ["b", "c"]


def test_a_job_that_is_offered_again_is_kept_for_longer():
    backlog = Backlog()
    backlog.add([an_offer("a", until=9.0)])
    backlog.add([an_offer("a", until=19.0)])
    backlog.add([an_offer("a", until=9.0)])
    backlog.drop_lapsed(10.0)
    assert ids(backlog.take(9)) == ["a"]


def test_a_job_that_is_offered_again_at_another_place_has_only_that():
    backlog = Backlog()
    backlog.add([an_offer("a", vstart=1.0, until=9.0), an_offer("b", vstart=2.0)])
    backlog.add([an_offer("a", vstart=3.0, until=19.0)])
    assert backlog.head == (1, 2.0)
    assert ids(backlog.take(9)) == ["b", "a"]
