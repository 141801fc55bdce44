"""`/v1/schedules`: schedules are added, looked at, moved and removed, and say what became of their runs."""

import pytest

from evalruns.recurring_run import RecurringRun
from jobs.clock import utc_now
from jobs.schedules.schedule import ScheduleKind
from tests.api.requests import a_line
from tests.evaluating import SUMS, bench
from tests.scheduling import hall

NOBODYS = "schedule_06h0ddz8jsfc3magysyay1j7w"
PATH = "/v1/schedules"
HOURLY = {"name": "pulse", "every_s": 3600, "batch": {"requests": [a_line("a"), a_line("b")]}}


def add(http, **body):
    return http.post(PATH, json={**HOURLY, **body})


def test_a_schedule_is_added_and_shows_when_it_is_due(http):
    answer = add(
        http, every_s=None, cron="0 2 * * *", time_zone="Europe/Berlin", start_at="2099-07-01T00:00:00Z"
    )
    assert answer.status_code == 201, answer.text
    added = answer.json()
    assert added["upcoming"] == [f"2099-07-0{day}T00:00:00Z" for day in range(1, 6)]
    assert (added["kind"], added["state"], added["next_at"]) == ("batch", "active", added["upcoming"][0])
    assert added["submits"] == {"name": None, "requests": 2, "max_cost": None, "webhook": None}
    assert (added["missed"], added["overlap"], added["last_run"]) == ("latest", "skip", None)
    assert http.get(f"{PATH}/pulse").json() == http.get(f"{PATH}/{added['id']}").json() == added


def test_what_is_due_is_submitted_with_the_callers_options(http, store):
    options = {"priority": "background", "max_cost": 5, "max_failures": 2, "expires_in_s": 60}
    add(http, batch={**HOURLY["batch"], **options}).raise_for_status()
    http.post(f"{PATH}/pulse/trigger").raise_for_status()
    with hall(store) as works:
        works.tick(utc_now())
    [run] = http.get(f"{PATH}/pulse/runs").json()["data"]
    assert (run["state"], run["is_triggered"], run["outcome"], run["counts"]["total"]) == (
        "started",
        True,
        "running",
        2,
    )
    batch = http.get(f"/v1/batches/{run['batch_id']}").json()
    assert batch["name"].startswith("pulse 20")
    assert batch["max_cost"] == 5
    jobs = http.get("/v1/jobs", params={"batch_id": batch["id"]}).json()["data"]
    assert {job["custom_id"] for job in jobs} == {"a", "b"}
    assert {(job["priority"], job["max_failures"]) for job in jobs} == {("background", 2)}
    assert http.get(PATH).json()["data"][0]["last_run"] == run


def test_an_evaluation_is_started_and_its_run_tells_its_state(http, store):
    body = {"name": "nightly", "cron": "@daily", "evaluation": {"definition": SUMS, "max_cost": 1}}
    http.post(PATH, json=body).raise_for_status()
    http.post(f"{PATH}/nightly/trigger").raise_for_status()
    with bench(store) as desk, hall(store) as works:
        works.kinds[ScheduleKind.EVALUATION] = RecurringRun(desk.starter)
        works.tick(utc_now())
    [run] = http.get(f"{PATH}/nightly/runs").json()["data"]
    started = http.get(f"/v1/evaluations/runs/{run['eval_run_id']}").json()
    assert (run["outcome"], run["batch_id"]) == ("running", started["batch_id"])
    assert (started["name"], started["max_cost"]) == ("sums", 1)
    shown = http.get(f"{PATH}/nightly").json()
    assert (started["schedule_id"], shown["submits"]["name"]) == (shown["id"], "sums")


def test_a_paused_schedule_is_not_due_until_it_is_resumed(http):
    add(http)
    paused = http.post(f"{PATH}/pulse/pause").json()
    assert (paused["state"], paused["next_at"]) == ("paused", None)
    assert http.get(f"{PATH}/pulse").json()["upcoming"] == []
    resumed = http.post(f"{PATH}/pulse/resume").json()
    assert (resumed["state"], resumed["next_at"] is None) == ("active", False)


def test_a_removed_schedule_leaves_its_name_to_another(http):
    first = add(http).json()["id"]
    taken = add(http)
    assert (taken.status_code, "there is a schedule pulse already" in taken.text) == (409, True)
    assert http.delete(f"{PATH}/pulse").json() == {"id": first, "name": "pulse", "deleted": True}
    assert http.get(f"{PATH}/{first}").status_code == 404
    assert add(http).status_code == 201


def test_schedules_and_runs_are_listed_page_by_page(http, store):
    for name in ("c", "a", "b"):
        add(http, name=name).raise_for_status()
    for _ in range(3):
        http.post(f"{PATH}/a/trigger").raise_for_status()
    with hall(store) as works:
        works.tick(utc_now())
    for path, key in ((PATH, "name"), (f"{PATH}/a/runs", "due_at")):
        first = http.get(path, params={"limit": 2}).json()
        rest = http.get(path, params={"limit": 2, "cursor": first["next_cursor"]}).json()
        found = [each[key] for each in first["data"] + rest["data"]]
        assert (len(found), rest["next_cursor"]) == (3, None)
        assert found == sorted(found, reverse=key == "due_at")


BAD = [
    ({"name": "a/b"}, "name: must be 1 to 100 letters"),
    ({"name": NOBODYS}, "name: must be 1 to 100 letters"),
    ({"nome": 1}, "nome: Extra inputs are not permitted"),
    ({"cron": "@daily"}, "either a cron expression or an interval"),
    ({"every_s": None}, "either a cron expression or an interval"),
    ({"every_s": None, "cron": "0 25 * * *"}, "cron"),
    ({"every_s": None, "cron": "@reboot"}, "cron"),
    ({"every_s": 0.5}, "every_s: Expected"),
    ({"time_zone": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
    ({"time_zone": "../../etc/passwd"}, "there is no time zone"),
    ({"start_at": "2026-12-01T00:00:00"}, "start_at: Expected"),
    ({"end_at": "0001-01-01T00:00:00+14:00"}, "end_at: is outside of the years"),
    ({"end_at": "2020-01-01T00:00:00Z"}, "no due time"),
    ({"jitter_s": 1e9}, "jitter_s: Expected"),
    ({"overlap": "never"}, "overlap: Invalid enum value 'never'"),
    ({"webhook": "https://me.example/x"}, "sends no webhooks"),
    ({"batch": None}, "batch: a schedule submits either a batch or an evaluation"),
    ({"evaluation": {"definition": SUMS}}, "batch: a schedule submits either"),
    ({"batch": {"requests": []}}, "batch.requests: Expected"),
    ({"batch": {"requests": [a_line()], "max_cost": -1}}, "batch.max_cost: Expected"),
    ({"batch": {"requests": [a_line(), {"request": {}}]}}, "batch.requests.1: "),
    ({"batch": {"requests": [a_line(priority="no")]}}, "batch.requests.0: priority: Invalid enum value"),
    ({"batch": {"requests": [a_line("a"), a_line("a")]}}, "batch.requests.1: custom_id: "),
    ({"batch": {"requests": [a_line(run_at="2099-01-01T00:00:00Z")]}}, "batch.requests.0: run_at: "),
    ({"batch": None, "evaluation": {"definition": {**SUMS, "epochs": 0}}}, "epochs: must be 1 to 1,000"),
    ({"batch": None, "evaluation": {"definition": {**SUMS, "prompt": "{{ item.x }}"}}}, "item 's1'"),
    (
        {"batch": None, "evaluation": {"definition": SUMS, "changes": {"epoch": 2}}},
        "evaluation.changes.epoch: ",
    ),
]


@pytest.mark.parametrize(("body", "told"), BAD)
def test_what_is_wrong_is_told_by_its_path_and_nothing_is_stored(refusing, body, told):
    answer = add(refusing, **body)
    assert (answer.status_code, told in answer.json()["error"]["message"]) == (400, True), answer.text
    assert refusing.get(PATH).json()["data"] == []


@pytest.mark.parametrize("name", ["nobody", NOBODYS, "%00", "a%0Ab", "x" * 300])
def test_what_is_not_there_is_not_found(refusing, name):
    for method, rest in (
        ("GET", ""),
        ("GET", "/runs"),
        ("POST", "/pause"),
        ("POST", "/trigger"),
        ("DELETE", ""),
    ):
        assert refusing.request(method, f"{PATH}/{name}{rest}").status_code == 404
