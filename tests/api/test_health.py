import httpx

from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.conftest import NOWHERE, settings_for
from tests.api.requests import a_line
from tests.api.serving import serving


def test_an_api_that_reaches_both_is_ready(http):
    assert http.get("/healthz").json() == {"status": "ok"}
    answered = http.get("/readyz")
    assert answered.status_code == 200
    assert answered.json() == {"status": "ready", "database": "reachable", "broker": "reachable"}


def test_without_a_broker_it_is_still_ready_and_takes_jobs(store, database_url):
    with serving(settings_for(database_url, NOWHERE), store) as url, httpx.Client(base_url=url) as client:
        answered = client.get("/readyz")
        assert (answered.status_code, answered.json()["broker"]) == (200, "unreachable")
        assert client.post("/v1/jobs", json=a_line()).json()["state"] == "queued"


def test_without_a_database_it_is_alive_and_not_ready(valkey_url):
    closed = "postgresql://somebody@127.0.0.1:1/none"
    store = Store(open_engine(closed))
    with serving(settings_for(closed, valkey_url), store) as url, httpx.Client(base_url=url) as client:
        assert client.get("/healthz").status_code == 200
        answered = client.get("/readyz")
        assert answered.status_code == 503
        assert answered.json() == {"status": "unready", "database": "unreachable", "broker": "reachable"}
    store.close()
