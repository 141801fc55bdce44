import asyncio
import ssl

import pytest

from jobs.webhooks.delivery import ClaimedDelivery
from tests.receiver import receiving
from tests.worker.webhooks.queueing import PAYLOAD

ALL_BUFFERS = 50_000_000  # bytes, of both sockets: what is sent before anybody reads


def claimed(url):
    return ClaimedDelivery(id="delivery_1", attempt=1, failures=0, tenant="default", url=url, payload=PAYLOAD)


def names(*addresses):
    """Return a resolver that knows these addresses for every name, and notes what it was asked."""
    asked = []

    async def resolve(host):
        asked.append(host)
        return list(addresses)

    return resolve, asked


def send(sender, url):
    return asyncio.run(sender.send(claimed(url)))


def test_a_redirect_is_a_failure_and_is_not_followed(make_sender, receiver):
    with receiving() as elsewhere:
        receiver.answers = [(302, {"location": elsewhere.url})]
        answer = send(make_sender(), receiver.url)
        assert elsewhere.received == []
    assert (answer.status, answer.error) == (302, "the receiver answered 302; redirects are not followed")


def test_what_was_judged_is_what_is_connected_to_under_the_hosts_own_name(make_sender, receiver):
    resolve, asked = names("127.0.0.1")
    answer = send(make_sender(resolve=resolve), f"http://hooks.example:{receiver.port}/a?b=%20c")
    assert answer.status == 200
    assert asked == ["hooks.example"]
    [received] = receiver.received
    assert (received.headers["host"], received.path) == (f"hooks.example:{receiver.port}", "/a?b=%20c")


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["169.254.169.254"], ["fe80::1%eth0"]]
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(make_sender, receiver, addresses):
    resolve, _ = names(*addresses)
    answer = send(make_sender(resolve=resolve, allows_inside=False), f"http://evil.example:{receiver.port}/")
    assert answer.error.startswith("refused: its host leads to an address that is not public")
    assert not any(address in answer.error for address in addresses)
    assert receiver.received == []


def test_metadata_of_clouds_is_refused_even_where_private_addresses_are_allowed(make_sender):
    resolve, _ = names("169.254.169.254")
    assert send(make_sender(resolve=resolve), "http://metadata.example/").error.startswith("refused")


def test_an_address_that_does_not_answer_is_followed_by_the_next(make_sender, receiver):
    resolve, _ = names("127.0.0.2", "127.0.0.1")
    assert send(make_sender(resolve=resolve), f"http://two.example:{receiver.port}/").status == 200


def test_a_receiver_that_is_not_there_is_a_failure_in_words(make_sender, free_tcp_port):
    assert send(make_sender(), f"http://127.0.0.1:{free_tcp_port}/").error == "connection refused"


def test_a_name_that_nobody_knows_is_a_failure_in_words(make_sender):
    assert send(make_sender(), "http://nobody.invalid/").error == "the host's name cannot be looked up"


def test_a_receiver_that_speaks_plainly_where_tls_was_asked_for_is_not_trusted(make_sender, receiver):
    answer = send(make_sender(tls=ssl.create_default_context), f"https://127.0.0.1:{receiver.port}/")
    assert answer.error == "no secure connection"
    assert receiver.received == []


def test_an_endless_answer_is_read_for_a_few_kilobytes_only(make_sender):
    async def main():
        written = 0

        async def answer_endlessly(_, writer):
            nonlocal written
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            try:
                while True:
                    writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                    await writer.drain()
                    written += 1024
            except ConnectionError:
                writer.close()

        server = await asyncio.start_server(answer_endlessly, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            answer = await make_sender().send(claimed(f"http://127.0.0.1:{port}/"))
        return answer, written

    answer, written = asyncio.run(main())
    assert answer.status == 200
    assert written < ALL_BUFFERS


def test_a_receiver_that_speaks_something_else_is_a_failure(make_sender):
    async def main():
        async def talk(reader, writer):
            await reader.readuntil(PAYLOAD[-9:].encode())
            writer.write(b"220 mail.example ESMTP\r\n")
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            return await make_sender().send(
                claimed(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            )

    assert asyncio.run(main()).error == "the receiver does not speak HTTP, or hung up"
