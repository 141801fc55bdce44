from promptmill.cli.pace import Pace


def test_a_pace_is_unknown_until_something_has_moved():
    pace = Pace()
    pace.note(0, 0)
    assert (pace.per_second, pace.seconds_left(10)) == (0, None)
    pace.note(1, 0)
    assert pace.seconds_left(10) is None


def test_a_pace_tells_when_the_rest_will_be_done():
    pace = Pace()
    pace.note(0, 0)
    pace.note(2, 10)
    assert (pace.per_second, pace.seconds_left(100)) == (5, 18)


def test_what_happened_long_ago_does_not_count():
    pace = Pace()
    for second in range(60):
        pace.note(second, 0 if second < 40 else (second - 40) * 7)
    assert pace.per_second == 7
