"""Who is let in."""

import anthropic
import httpx
import openai
import pytest

from jobs.settings import read_settings
from tests.api.access import bearer, made_key
from tests.api.requests import a_line
from tests.api.serving import serving
from tests.eventually import until

PATHS = ["/v1/jobs", "/v1/messages/batches", "/openai/v1/batches", "/schema", "/nope", "/v1/lanes"]
NOT_KEYS = [
    "sk-ant-api03-somebody-elses",
    "pm-0000000000-0000000000000000000000000000000000000000",
    "pm-" + "é" * 10,
    "x" * 5000,
]


@pytest.fixture
def key(store):
    return made_key(store)


def test_without_keys_any_key_is_taken_and_none_is_needed(http):
    for headers in ({}, {"x-api-key": "anything"}, bearer("anything")):
        assert http.get("/v1/jobs", headers=headers).status_code == 200


def test_a_good_key_is_taken_in_either_head(key, http):
    assert http.get("/v1/jobs", headers={"x-api-key": key}).status_code == 200
    assert http.get("/v1/jobs", headers=bearer(key)).status_code == 200
    assert http.get("/v1/jobs", headers={"authorization": f"bEARER  {key}"}).status_code == 200


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("path", PATHS)
def test_without_a_key_nothing_is_shown_not_even_what_there_is(http, path):
    refused = http.get(path)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="promptmill"')
    assert refused.headers["request-id"]


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_without_a_key(http, path):
    assert http.get(path).status_code == 200


def test_what_is_no_key_here_is_refused(key, http):
    assert http.get("/v1/jobs", headers={"x-api-key": ""}).status_code == 401
    for shown in [*NOT_KEYS, key[:-1], key + "0", key[:-1] + ("0" if key[-1] != "0" else "1")]:
        heads = ({"x-api-key": shown.encode()}, {"authorization": b"Bearer " + shown.encode()})
        assert [http.get("/v1/jobs", headers=head).status_code for head in heads] == [401, 401], shown


def test_x_api_key_goes_before_authorization(key, http):
    assert http.get("/v1/jobs", headers={"x-api-key": key, **bearer("no")}).status_code == 200
    assert http.get("/v1/jobs", headers={"x-api-key": "no", **bearer(key)}).status_code == 401


@pytest.mark.usefixtures("key")
def test_a_missing_key_has_the_shape_of_each_dialect(http):
    native, claude, openai_ = (http.get(path).json() for path in PATHS[:3])
    assert native["error"]["type"] == "authentication_error"
    assert (claude["type"], claude["error"]["type"]) == ("error", "authentication_error")
    assert (openai_["error"]["code"], openai_["error"]["param"]) == ("invalid_api_key", None)


def test_both_vendors_clients_raise_their_own_errors(key, url):
    with anthropic.Anthropic(base_url=url, api_key="sk-no", max_retries=0) as client:
        with pytest.raises(anthropic.AuthenticationError, match="not known here"):
            client.messages.batches.list()
        assert client.with_options(api_key=key).messages.batches.list().data == []
    with openai.OpenAI(base_url=f"{url}/openai/v1", api_key="sk-no", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError, match="not known here"):
            client.batches.list()
        assert client.with_options(api_key=key).batches.list().data == []


def test_an_open_api_asks_for_keys_once_one_is_made(http, store):
    assert http.get("/v1/jobs").status_code == 200
    key = made_key(store)
    until(lambda: http.get("/v1/jobs").status_code == 401, "the first key to be noticed", timeout_s=10)
    assert http.get("/v1/jobs", headers={"x-api-key": key}).status_code == 200


def test_a_revoked_key_opens_nothing_and_leaves_nothing_open(key, http, store):
    assert http.get("/v1/jobs", headers={"x-api-key": key}).status_code == 200
    with store.write() as tx:
        tx.keys.revoke(key.rpartition("-")[0], now=tx.keys.list()[0].created_at)
    until(
        lambda: http.get("/v1/jobs", headers={"x-api-key": key}).status_code == 401,
        "the key to be refused",
        timeout_s=10,
    )
    assert http.get("/v1/jobs").status_code == 401


@pytest.mark.usefixtures("key")
def test_a_refused_submission_is_not_stored(http, store):
    assert http.post("/v1/jobs", json=a_line()).status_code == 401
    with store.read() as tx:
        assert tx.jobs.list(tenant="default", limit=1) == []


@pytest.mark.usefixtures("key")
def test_a_stack_lets_its_own_command_line_in(store, settings):
    environment = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    stack = read_settings({**environment, "PROMPTMILL_PORT": "0", "PROMPTMILL_STACK_KEY": "local"})
    with serving(stack, store) as url, httpx.Client(base_url=url, timeout=30) as http:
        assert http.get("/v1/jobs", headers={"x-api-key": "local"}).status_code == 200
        assert http.get("/v1/jobs", headers={"x-api-key": "locaL"}).status_code == 401
        assert http.get("/v1/jobs").status_code == 401


def test_beyond_loopback_nobody_is_let_in_before_there_are_keys(store, settings):
    environment = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    beyond = read_settings({**environment, "PROMPTMILL_PORT": "0", "PROMPTMILL_HOST": "0.0.0.0"})
    with serving(beyond, store) as url:
        address = url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{address}/v1/jobs", timeout=30).status_code == 401
