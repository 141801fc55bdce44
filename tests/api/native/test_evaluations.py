"""`/v1/evaluations`: runs are started with their items, looked at, compared, canceled."""

import json

import pytest

from tests.evaluating import SUMS, bench, right, wrong

RUNS = "/v1/evaluations/runs"
YAML = (
    "name: sums\nmodel: claude-haiku-4-5\nprompt: hello\ndataset: sums.jsonl\ngraders:\n  - type: refusal\n"
)


def start(http, **body):
    return http.post(RUNS, json={"definition": SUMS, **body})


def graded(http, store, answer, **body):
    run = start(http, **body).raise_for_status().json()
    with bench(store) as desk:
        desk.answer(run["batch_id"], answer)
        desk.grade()
    return http.get(f"{RUNS}/{run['id']}").raise_for_status().json()


def test_a_run_is_started_with_a_definition_and_the_file_it_names(http):
    items = '{"id": "a"}\n{"id": "b"}\n'
    answer = start(http, definition=YAML, name="sums.yaml", dataset={"name": "sums.jsonl", "content": items})
    run = answer.json()
    assert (answer.status_code, run["state"], run["samples"], run["version"]) == (202, "running", 2, 1)
    assert http.get(f"/v1/batches/{run['batch_id']}").json()["name"] == "eval sums"
    [listed] = http.get("/v1/evaluations").json()["data"]
    assert (listed["name"], listed["latest_run"]["id"]) == ("sums", run["id"])


def test_a_graded_run_shows_its_numbers_and_its_verdict(http, store):
    graded(http, store, right)
    run = graded(http, store, wrong)
    assert (run["state"], run["verdict"], run["definition"]["name"]) == ("ended", "worse", "sums")
    assert run["summary"]["variants"][0]["graders"][0]["mean"] == 0.0
    assert len(run["comparison"]["variants"][0]["overall"]["fell"]) == 20


def test_results_are_streamed_with_items_and_on_request_with_what_was_asked(http, store):
    run = graded(http, store, lambda one, body: (wrong if one.endswith(".s3") else right)(one, body))
    lines = http.get(f"{RUNS}/{run['id']}/results").text.splitlines()
    assert [json.loads(line)["item"]["answer"] for line in lines] == [2 * n for n in range(1, 21)]
    query = {"only_failed": "true", "with_request": "true"}
    [failed] = http.get(f"{RUNS}/{run['id']}/results", params=query).text.splitlines()
    assert json.loads(failed)["request"]["messages"][0]["content"] == "What is 3 + 3?"


def test_two_runs_are_compared_once_both_have_ended(http, store):
    first = graded(http, store, right)
    second = start(http).json()
    refused = http.get(f"{RUNS}/{second['id']}/comparison", params={"before": first["id"]})
    assert refused.status_code == 409
    third = graded(http, store, wrong)
    found = http.get(f"{RUNS}/{third['id']}/comparison", params={"before": first["id"]}).json()
    assert found["verdict"] == "worse"


def test_a_canceled_run_takes_its_batch_along(http):
    run = start(http).json()
    assert http.post(f"{RUNS}/{run['id']}/cancel").json()["state"] == "canceled"
    assert http.get(f"/v1/batches/{run['batch_id']}").json()["counts"]["canceled"] == 20


def test_the_same_submission_again_is_the_same_run(http):
    bodies = [
        http.post(RUNS, json={"definition": SUMS}, headers={"idempotency-key": "once"}).json()["id"]
        for _ in range(2)
    ]
    assert bodies[0] == bodies[1]
    assert len(http.get(RUNS).json()["data"]) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {"definition": YAML.replace("refusal", "vibes"), "name": "x.yaml"},
            "x.yaml:6: graders[0].type: unknown grader",
        ),
        ({"definition": YAML}, "definition: dataset: 'sums.jsonl' is a file of yours"),
        ({"definition": YAML, "dataset": {"name": "s.jsonl", "content": ""}}, "s.jsonl: is empty"),
        ({"definition": {**SUMS, "prompt": "{{ item.nope }}"}}, "item 's1'"),
        ({"changes": {"epochs": 0}}, "epochs: must be 1 to 1,000"),
        ({"changes": {"epoch": 2}}, "changes.epoch: Extra inputs are not permitted"),
        ({"webhook": "http://me.example/x"}, "sends no webhooks"),
    ],
)
def test_what_is_wrong_is_told_by_its_place_and_nothing_is_stored(refusing, body, told):
    answer = start(refusing, **body)
    assert (answer.status_code, told in answer.json()["error"]["message"]) == (400, True), answer.text
    assert refusing.get(RUNS).json()["data"] == []


def test_runs_are_listed_page_by_page_and_by_name(http):
    started = [start(http, definition={**SUMS, "name": name}).json()["id"] for name in ("a", "b", "a")]
    first = http.get(RUNS, params={"limit": 2}).json()
    rest = http.get(RUNS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [run["id"] for run in first["data"] + rest["data"]] == started[::-1]
    assert [run["id"] for run in http.get(RUNS, params={"name": "b"}).json()["data"]] == [started[1]]


def test_a_run_that_is_not_there_is_not_found(http):
    for path in (f"{RUNS}/evalrun_x", f"{RUNS}/evalrun_x/results", f"{RUNS}/evalrun_x/comparison?before=a"):
        assert http.get(path).status_code == 404
