import http.server
import io
import socket
import threading
from contextlib import closing

import pytest

from jobs.errors import SettingError
from promptmill.client import Client
from promptmill.errors import RefusedError, ServerUnreachableError
from promptmill.stack.discover import find_server
from promptmill.stack.folder import DataFolder
from tests.promptmill.stacks import NOBODY

pytestmark = pytest.mark.journey


def job(prompt, **fields):
    messages = [{"role": "user", "content": prompt}]
    return {**fields, "request": {"model": "claude-haiku-5-5", "max_tokens": 99, "messages": messages}}


@pytest.fixture
def client(stack):
    with Client(stack.url) as client:
        yield client


@pytest.fixture
def stranger():
    """The URL of a web server of another kind."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_results_come_in_the_order_of_submission(client):
    batch = client.submit((job(f"What is {n} + 1?", custom_id=f"q{n}") for n in range(300)), name="sums")
    assert (batch.counts.total, batch.name) == (300, "sums")
    client.wait(batch.id)
    results = list(client.results(batch.id))
    assert [result.custom_id for result in results] == [f"q{n}" for n in range(300)]
    assert [result.text for result in results] == [str(n + 1) for n in range(300)]


def test_progress_is_told_until_all_have_ended(client):
    seen = []
    batch = client.submit([job("What is 1 + 1?")])
    client.wait(batch.id, seen.append)
    assert seen[-1].has_ended
    assert seen[-1].counts.ended == 1


def test_line_separators_in_an_answer_do_not_break_its_line(client):
    batch = client.submit([job('[[say "a\u2028b\x85c"]]')])
    client.wait(batch.id)
    [result] = client.results(batch.id)
    assert "a\u2028b\x85c" in result.text


def test_jobs_are_listed_over_several_pages(client):
    batch = client.submit(job(f"{n} + 1?") for n in range(230))
    assert len(list(client.jobs(batch_id=batch.id))) == 230
    assert len({one.id for one in client.jobs(batch_id=batch.id, limit=120)}) == 120


def test_a_single_job_comes_back_with_its_bodies(client):
    submitted = client.submit_job(job("What is 20 + 3?")["request"], custom_id="mine")
    ended = client.wait_for_job(submitted.id)
    assert (ended.state, ended.custom_id) == ("succeeded", "mine")
    assert ended.request["messages"][0]["content"] == "What is 20 + 3?"
    assert ended.response["content"][-1]["text"] == "23"


def test_a_refusal_lists_what_is_wrong(client):
    with pytest.raises(RefusedError) as caught:
        client.submit([job("fine"), {"request": {"model": "m", "max_tokens": 0, "messages": []}}])
    assert (caught.value.status, {detail.index for detail in caught.value.details}) == (400, {1})


def test_an_unknown_id_is_refused(client):
    with pytest.raises(RefusedError) as caught:
        client.get_batch("batch_none/../x")
    assert caught.value.status == 404


def test_a_file_is_sent_again_when_the_connection_is_lost():
    sent = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def hang_up():
            for _ in range(3):
                connection, _ = listener.accept()
                with connection:
                    sent.append(connection.recv(65536))

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Client(url) as client, pytest.raises(ServerUnreachableError, match="was lost"):
            client.submit_file(io.BytesIO(b"{}\n"))
        thread.join()
    keys = {line for request in sent for line in request.splitlines() if line.startswith(b"idempotency-key")}
    assert (len(sent), len(keys)) == (3, 1)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "http://host:port", "nonsense"])
def test_what_is_no_url_of_a_server_is_refused(url):
    with pytest.raises(SettingError, match="not the URL of a server"):
        Client(url)


def test_a_password_in_a_url_is_never_shown():
    with Client("http://me:secret@127.0.0.1:9/") as client, pytest.raises(ServerUnreachableError) as caught:
        client.get_batch("batch_x")
    assert str(caught.value).startswith("no server answers at http://127.0.0.1:9: ")
    with pytest.raises(SettingError) as refused:
        Client("ftp://me:secret@host")
    assert "secret" not in str(refused.value)


def test_a_server_of_another_kind_is_not_taken_for_ours(stranger):
    with Client(stranger) as client, pytest.raises(RefusedError, match="is it a Promptmill server"):
        client.get_batch("batch_x")


def test_the_stack_on_a_folder_is_found(stack):
    assert find_server(DataFolder(stack.data), {}) == stack.url


def test_a_server_that_is_named_must_answer(stack):
    with pytest.raises(ServerUnreachableError):
        find_server(DataFolder(stack.data), {"PROMPTMILL_URL": NOBODY})


def test_a_record_without_a_stack_is_not_believed(tmp_path):
    folder = DataFolder(tmp_path)
    folder.make()
    folder.announce("http://127.0.0.1:1")
    assert folder.announced_url() is None


def test_a_proxy_is_not_asked_for_the_way_to_this_machine(monkeypatch, stack):
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    monkeypatch.setenv("http_proxy", NOBODY)
    with Client(stack.url) as client:
        assert client.submit([job("1 + 1?")]).id
