from promptmill.cli.tally import Tally
from promptmill.records import Failure, Result


def failed(name, message, status=500):
    error = Failure(type="api_error", message=message, status=status)
    return Result(custom_id=name, job_id=f"job_{name}", state="errored", error=error)


def test_failures_that_differ_in_numbers_only_have_one_cause():
    tally = Tally()
    for number in range(3):
        tally.add(failed(f"q{number}", f"request req_0{number} failed after {number} s"))
    tally.add(failed("q9", "something else"))
    assert [(cause.count, cause.example) for cause in tally.causes] == [(3, "q0"), (1, "q9")]
    assert tally.states == {"errored": 4}


def test_a_job_that_ended_without_an_error_is_counted_by_its_state():
    tally = Tally()
    tally.add(Result(job_id="job_1", state="canceled"))
    [cause] = tally.causes
    assert (cause.type, cause.message, cause.example) == ("canceled", "", "job_1")


def test_what_succeeded_has_no_cause():
    tally = Tally()
    tally.add(Result(job_id="job_1", state="succeeded"))
    assert (tally.causes, tally.states) == ([], {"succeeded": 1})
