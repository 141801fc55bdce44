"""No web page reaches an open api: by what a browser cannot help saying in the head."""

import httpx
import pytest

from jobs.settings import read_settings
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.access import exchange, made_key
from tests.api.conftest import NOWHERE
from tests.api.serving import serving

GET = "GET /v1/jobs HTTP/1.1"
LOCAL = [
    "localhost",
    "LocalHost",
    "localhost.",
    "localhost:1",
    "127.0.0.1:8000",
    "127.9.9.9",
    "[::1]",
    "[::1]:8000",
]
STRANGE = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "evil.example@localhost",
    "localhost:80@evil.example",
    "evil.example#localhost",
    "localhost/evil.example",
    "localhost evil.example",
    "localhost,evil.example",
    "localhost:port",
    "localhost:99999",
    "localhost:",
    "localhost..",
    "[::1",
    "[::1].evil.example",
    "[::2]",
    "0.0.0.0:8000",
    "10.0.0.1",
    "127.1",
    "2130706433",
    "",
    "\u00b9localhost",
]  # fmt: skip
OTHER_PAGES = [
    "http://evil.example",
    "http://localhost:3000",
    "https://localhost:8000",
    "http://127.0.0.1:8000",
    "http://localhost:8000.evil.example",
    "null",
    "",
]


@pytest.fixture(scope="module")
def place(refusing):
    return f"http://{refusing.base_url.host}:{refusing.base_url.port}"


def status(place, *lines):
    return int(exchange(place, *lines).split()[1])


@pytest.mark.parametrize("host", LOCAL)
def test_a_request_for_this_machine_is_taken(place, host):
    assert status(place, GET, f"host: {host}") == 200


@pytest.mark.parametrize("host", STRANGE)
def test_a_request_for_any_other_host_is_refused(place, host):
    assert status(place, GET, f"host: {host}") == 403


def test_a_request_that_names_no_host_or_two_is_refused(place):
    assert status(place, "GET /v1/jobs HTTP/1.0") == 403
    assert status(place, GET, "host: localhost", "host: evil.example") == 403
    assert status(place, GET, "host: evil.example", "x-forwarded-host: localhost") == 403


@pytest.mark.parametrize("origin", OTHER_PAGES)
def test_a_page_of_another_origin_is_refused_whatever_it_asks(place, origin):
    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        line = f"{method} /v1/jobs HTTP/1.1"
        assert status(place, line, "host: localhost:8000", f"origin: {origin}", "content-length: 0") == 403


def test_a_page_of_our_own_is_taken(place):
    assert status(place, GET, "host: localhost:8000", "origin: http://localhost:8000") == 200
    assert status(place, GET, "host: localhost:8000", "sec-fetch-site: same-origin") == 200


def test_an_image_on_another_page_is_refused_and_a_link_is_followed(place):
    heads = (GET, "host: localhost:8000", "sec-fetch-site: cross-site")
    assert status(place, *heads, "sec-fetch-mode: no-cors") == 403
    assert status(place, *heads, "sec-fetch-mode: navigate") == 200


@pytest.mark.parametrize("path", ["/nope", "/schema", "/v1/messages/batches", "/v1/lanes", "//v1/jobs"])
def test_no_path_is_without_the_check(place, path):
    assert status(place, f"GET {path} HTTP/1.1", "host: evil.example") == 403


def test_no_answer_invites_other_origins(refusing):
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    for answered in (refusing.options("/v1/jobs", headers=asked), refusing.get("/v1/jobs", headers=asked)):
        assert not [name for name in answered.headers if name.startswith("access-control-")]


def test_the_refusal_names_the_host_and_what_to_do(place):
    answered = exchange(place, GET, "host: proxy.example").decode()
    assert "'proxy.example'" in answered
    assert "PROMPTMILL_ALLOWED_HOSTS" in answered
    assert "promptmill keys create" in answered


def test_a_host_may_be_allowed_by_name(sqlite_url):
    allowed = {"PROMPTMILL_ALLOWED_HOSTS": "Mill.example, other.example", "PROMPTMILL_PORT": "0"}
    settings = read_settings({"DATABASE_URL": sqlite_url, "REDIS_URL": NOWHERE, **allowed})
    store = Store(open_engine(sqlite_url))
    with serving(settings, store) as url:
        assert status(url, GET, "host: mill.example:443") == 200
        assert status(url, GET, "host: evil.example") == 403
    store.close()


@pytest.mark.parametrize("host", ["localhost:port", "a:99999", "a b", "[::1", "a, b", ""])
def test_a_host_that_cannot_be_one_is_refused_with_keys_as_well(url, store, host):
    key = made_key(store)
    assert status(url, GET, f"host: {host}", f"x-api-key: {key}") == 400


def test_with_keys_the_host_does_not_matter_because_no_page_has_one(http, store):
    key = made_key(store)
    behind_a_proxy = {"host": "mill.example", "origin": "https://mill.example", "x-api-key": key}
    assert http.get("/v1/jobs", headers=behind_a_proxy).status_code == 200
    assert httpx.get(f"{http.base_url}/v1/jobs", headers={"host": "mill.example"}).status_code == 401
