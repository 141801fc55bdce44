import pytest

from jobs.webhooks.addresses import may_reach, parsed
from jobs.webhooks.destination import WebhookRefusedError, check_url

GOOD = [
    "https://example.com/hook?token=a",
    "http://8.8.8.8:8080/",
    "https://münchen.example",
    "https://[2600::1]/",
]
BAD = [
    "",
    "example.com",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "http://",
    "http:///path",
    "https://user:pass@example.com/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com:25/",
    "http://example.com:0/",
    "http://example.com:22/",
    "http://example.com/\nHost: evil",
    " http://example.com/",
    "http://a b/",
    "http://%31%32%37.0.0.1/",
    "http://0177.0.0.1/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "https://example.com/" + "a" * 2048,
]
INSIDE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://localhost:8080/",
    "http://LOCALHOST./",
    "http://api.localhost/",
    "http://vault.internal/",
    "http://10.1.2.3/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://[::1]/",
    "http://[fd12::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::10.0.0.1]/",
]
NEVER = [
    "http://0.0.0.0/",
    "http://0/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[ff02::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001::1]/",
    "http://[2001:db8::1]/",
    "http://[::127.0.0.1]/",
]


@pytest.mark.parametrize("url", GOOD)
def test_a_public_url_is_taken(url):
    assert check_url(url, allows_inside=False).host


@pytest.mark.parametrize("url", BAD)
@pytest.mark.parametrize("allows_inside", [False, True])
def test_what_is_no_url_of_a_receiver_is_refused(url, allows_inside):
    with pytest.raises(WebhookRefusedError, match="webhook"):
        check_url(url, allows_inside=allows_inside)


@pytest.mark.parametrize("url", INSIDE)
def test_what_leads_inside_is_refused_unless_it_is_allowed(url):
    with pytest.raises(WebhookRefusedError, match="PROMPTMILL_WEBHOOK_PRIVATE"):
        check_url(url, allows_inside=False)
    check_url(url, allows_inside=True)


@pytest.mark.parametrize("url", NEVER)
@pytest.mark.parametrize("allows_inside", [False, True])
def test_what_is_nobodys_receiver_is_refused_whatever_is_allowed(url, allows_inside):
    with pytest.raises(WebhookRefusedError):
        check_url(url, allows_inside=allows_inside)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_may_be_reached(address):
    assert may_reach(parsed(address), allows_inside=False)


def test_no_refusal_repeats_what_may_be_a_password():
    with pytest.raises(WebhookRefusedError) as refused:
        check_url("https://me:hunter2@example.com/", allows_inside=True)
    assert "hunter2" not in str(refused.value)
