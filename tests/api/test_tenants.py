"""A tenant sees what is its own, on every route there is; a route without a case here fails."""

import re

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from api.app import build_app
from api.doorkeeper import OPEN_PATHS
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.ids import IDS
from tests.api.access import made_key
from tests.api.belongings import EVAL_SOURCE, belongings, client_of
from tests.api.requests import a_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

THINGS = {
    ("/v1/jobs/{job_id}", "job"): ("GET",),
    ("/v1/jobs/{job_id}/cancel", "job"): ("POST",),
    ("/v1/jobs/{job_id}/events", "job"): ("GET",),
    ("/v1/jobs/{job_id}/retry", "job"): ("POST",),
    ("/v1/batches/{batch_id}", "batch"): ("GET", "PATCH", "DELETE"),
    ("/v1/batches/{batch_id}/cancel", "batch"): ("POST",),
    ("/v1/batches/{batch_id}/events", "batch"): ("GET",),
    ("/v1/batches/{batch_id}/results", "batch"): ("GET",),
    ("/v1/batches/{batch_id}/retry", "batch"): ("POST",),
    ("/v1/messages/batches/{batch_id}", "message batch"): ("GET", "DELETE"),
    ("/v1/messages/batches/{batch_id}/cancel", "message batch"): ("POST",),
    ("/v1/messages/batches/{batch_id}/results", "message batch"): ("GET",),
    ("/openai/v1/batches/{batch_id}", "openai batch"): ("GET",),
    ("/openai/v1/batches/{batch_id}/cancel", "openai batch"): ("POST",),
    ("/openai/v1/files/{file_id}", "file"): ("GET", "DELETE"),
    ("/openai/v1/files/{file_id}/content", "file"): ("GET",),
    ("/v1/webhooks/deliveries/{delivery_id}", "delivery"): ("GET",),
    ("/v1/webhooks/deliveries/{delivery_id}/resend", "delivery"): ("POST",),
    ("/v1/evaluations/runs/{run_id}", "run"): ("GET",),
    ("/v1/evaluations/runs/{run_id}/comparison", "run"): ("GET",),
    ("/v1/evaluations/runs/{run_id}/results", "run"): ("GET",),
    ("/v1/evaluations/runs/{run_id}/cancel", "run"): ("POST",),
    ("/v1/schedules/{name}", "schedule"): ("GET", "DELETE"),
    ("/v1/schedules/{name}/pause", "schedule"): ("POST",),
    ("/v1/schedules/{name}/resume", "schedule"): ("POST",),
    ("/v1/schedules/{name}/runs", "schedule"): ("GET",),
    ("/v1/schedules/{name}/trigger", "schedule"): ("POST",),
    ("/openai/v1/evals/{eval_id}", "eval"): ("GET", "POST", "DELETE"),
    ("/openai/v1/evals/{eval_id}/runs", "eval"): ("GET", "POST"),
    ("/openai/v1/evals/{eval_id}/runs/{run_id}", "eval run"): ("GET", "DELETE"),
    ("/openai/v1/evals/{eval_id}/runs/{run_id}/cancel", "eval run"): ("POST",),
    ("/openai/v1/evals/{eval_id}/runs/{run_id}/output_items", "eval run"): ("GET",),
    ("/openai/v1/evals/{eval_id}/runs/{run_id}/output_items/{item_id}", "output item"): ("GET",),
}
"""Routes that lead to one thing, and whose it is: to all others there is no such thing."""

LISTS = {
    "/v1/jobs",
    "/v1/batches",
    "/v1/messages/batches",
    "/openai/v1/batches",
    "/openai/v1/files",
    "/v1/webhooks/deliveries",
    "/v1/evaluations",
    "/v1/evaluations/runs",
    "/v1/schedules",
    "/openai/v1/evals",
}
"""Routes that list what the caller has."""

CALLERS_OWN = {
    ("POST", "/v1/jobs"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/batches"),
    ("POST", "/v1/complete"),
    ("POST", "/openai/v1/chat/completions"),
    ("POST", "/openai/v1/batches"),
    ("POST", "/openai/v1/files"),
    ("POST", "/openai/v1/evals"),
    ("POST", "/v1/evaluations/runs"),
    ("POST", "/v1/schedules"),
    ("GET", "/v1/spending"),
}
"""Routes that make something for the caller, or tell about the caller as a whole."""

EVERYBODYS = {
    ("GET", "/v1/lanes"),
    ("POST", "/v1/lanes/resume"),
    ("POST", "/v1/lanes/{name}/resume"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{model_id}"),
    ("GET", "/openai/v1/models"),
    ("GET", "/openai/v1/models/{model_id}"),
    ("POST", "/v1/messages/count_tokens"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/schema"),
    ("GET", "/schema/openapi.json"),
    ("GET", "/schema/{path}"),
}
"""Routes to what belongs to no tenant: the account at Claude and its lanes, the service as a whole."""

ID = re.compile(r"[a-z]+[_-][0-9a-z]{25}")
EVAL_RUN = {"name": "nightly", "data_source": EVAL_SOURCE}


@pytest.fixture
def routes(settings, store):
    """Return every route of the app, as method and path."""
    dispatcher = Dispatcher(celery=make_celery(settings), clock=utc_now)
    app = build_app(settings=settings, store=store, dispatcher=dispatcher, clock=utc_now, ids=IDS)
    while not isinstance(app, Litestar):  # the layers around it
        app = app._app
    dispatcher.close()
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    return {(method, route.path_format) for route in routes for method in route.methods - {"OPTIONS"}}


@pytest.fixture
def tenants(store, url):
    """Return a tenant that has one of everything, and another that has nothing, with clients of both."""
    keys = {name: made_key(store, name) for name in ("haves", "have-nots")}
    owned = belongings(store, url, keys["haves"], "haves")
    with client_of(url, keys["haves"]) as haves, client_of(url, keys["have-nots"]) as have_nots:
        yield owned, haves, have_nots


def addresses(owned):
    for (path, kind), methods in THINGS.items():
        before, after = path.partition("{")[0], path.rpartition("}")[2]
        query = f"?before={owned[kind]}" if after == "/comparison" else ""
        for method in methods:
            yield method, f"{before}{owned[kind]}{after}{query}"


def body_for(method, address):
    """Return what the route takes, so that it is not the body that is refused."""
    if method == "PATCH":
        return {"max_cost": 1}
    if method == "POST" and "/evals/" in address:
        return EVAL_RUN if address.endswith("/runs") else {"name": "mine"}
    return None


def test_every_route_has_its_case(routes):
    led = {(method, path) for (path, _), methods in THINGS.items() for method in methods}
    assert routes - led - {("GET", path) for path in LISTS} - CALLERS_OWN - EVERYBODYS == set()


def test_what_belongs_to_another_is_not_there_on_any_route(tenants):
    owned, haves, have_nots = tenants
    for method, address in addresses(owned):
        refused = have_nots.request(method, address, json=body_for(method, address))
        assert refused.status_code == 404, (method, address, refused.text)
    for method, address in addresses(owned):
        if method == "GET" and not address.endswith("/events"):
            assert haves.get(address).status_code != 404, address


def test_what_belongs_to_another_is_refused_in_the_same_words_as_what_never_was(tenants):
    owned, _, have_nots = tenants
    never_was = {kind: each[:-25] + "0" * 25 for kind, each in owned.items()}
    for (method, theirs), (_, nobodys) in zip(addresses(owned), addresses(never_was), strict=True):
        answers = {
            ID.sub(
                "ID", have_nots.request(method, path, json=body_for(method, path)).json()["error"]["message"]
            )
            for path in (theirs, nobodys)
        }
        assert len(answers) == 1, (method, theirs, answers)


def test_no_list_shows_what_belongs_to_another(tenants):
    owned, haves, have_nots = tenants
    for path in LISTS:
        assert haves.get(path).json()["data"], path
        assert have_nots.get(path).json()["data"] == [], path
    filters = [("/v1/jobs", "batch_id", "batch"), ("/v1/webhooks/deliveries", "subject_id", "batch")]
    for path, name, kind in filters:
        answered = have_nots.get(path, params={name: owned[kind]})
        assert answered.status_code == 404 or answered.json()["data"] == [], path
    assert have_nots.get("/v1/spending").json() != haves.get("/v1/spending").json()


@pytest.mark.usefixtures("tenants")
def test_no_route_but_health_answers_without_a_key(routes, url):
    with client_of(url, "") as stranger:
        stranger.headers.pop("authorization")
        for method, path in {*routes, *(("OPTIONS", path) for _, path in routes)}:
            expected = {200, 204} if path in OPEN_PATHS else {401}
            assert stranger.request(method, path).status_code in expected, (method, path)


def test_no_batch_is_made_of_anothers_file(tenants):
    owned, _, have_nots = tenants
    asked = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    refused = have_nots.post("/openai/v1/batches", json={"input_file_id": owned["file"], **asked})
    assert refused.status_code in {400, 404}
    assert have_nots.get("/openai/v1/batches").json()["data"] == []


def test_an_idempotency_key_is_each_tenants_own(tenants):
    _, haves, have_nots = tenants
    sent = {"json": a_line(), "headers": {"idempotency-key": "the same"}}
    ids = {client.post("/v1/jobs", **sent).json()["id"] for client in (haves, have_nots)}
    assert len(ids) == 2


def test_the_name_of_a_schedule_is_each_tenants_own(tenants):
    owned, haves, have_nots = tenants
    schedule = {"name": "pulse", "every_s": 3600, "batch": {"requests": [a_line()]}}
    assert haves.post("/v1/schedules", json=schedule).status_code == 409
    assert have_nots.get("/v1/schedules/pulse").status_code == 404
    assert have_nots.post("/v1/schedules", json=schedule).status_code == 201
    assert have_nots.delete("/v1/schedules/pulse").status_code == 200
    assert haves.get("/v1/schedules/pulse").json()["id"] == owned["schedule"]


def test_a_cursor_is_each_tenants_own(tenants):
    _, haves, have_nots = tenants
    for _ in range(2):
        haves.post("/v1/jobs", json=a_line())
    cursor = haves.get("/v1/jobs", params={"limit": 1}).json()["next_cursor"]
    assert have_nots.get("/v1/jobs", params={"cursor": cursor}).status_code == 400
