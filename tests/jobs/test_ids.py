from concurrent.futures import ThreadPoolExecutor

from jobs.ids import ALPHABET, LENGTH, IdSource


def test_ids_rise_in_the_order_in_which_they_are_made():
    source = IdSource()
    made = [source.make("job_") for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_many_at_once_rise_too_and_follow_those_before():
    source = IdSource()
    made = [source.make("job_"), *source.make_many("job_", 5000), source.make("job_")]
    assert made == sorted(made)
    assert len(set(made)) == 5002
    assert {len(each) for each in made} == {len("job_") + LENGTH}


def test_ids_of_a_later_process_sort_behind_those_of_an_earlier_one(tmp_path):
    earlier = IdSource().make("")
    second = tmp_path / "later"
    while not (later := IdSource().make(""))[:8] > earlier[:8]:
        second.touch()  # until the clock has moved on
    assert later > earlier


def test_an_id_is_its_prefix_and_25_plain_characters():
    made = IdSource().make("batch_")
    assert made.startswith("batch_")
    assert len(made.removeprefix("batch_")) == LENGTH == 25
    assert set(made.removeprefix("batch_")) <= set(ALPHABET)


def test_threads_never_get_the_same_id():
    source = IdSource()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: source.make(""), range(4000)))
    assert len(set(made)) == 4000
