"""An address is read in one way, and what some program would read in another way is refused."""

from __future__ import annotations

import random
from urllib.parse import urlsplit

import pytest

from portal.base.address import AddressError, is_loopback, is_loopback_host, is_registry, read_address, require_host

GOOD = [
    "https://portal.acme.example",
    "http://localhost:7007",
    "https://a",
    "https://10.1.2.3:8443/x",
    "https://[2001:db8::1]:443/x",
    "https://xn--bcher-kva.example",
    "https://github.com/acme/catalog/blob/main/*/all.yaml",
    "https://dev.azure.com/acme/_git/x?path=/all.yaml&version=GBmain",
    "https://h.example/a%20b/@scope/c;d=1",
    f"https://{'a' * 63}.example",
]
BAD_HOSTS = [
    "", "a..b", ".a", "a.", "-a", "a-", "a_b.example", "*.acme.example", "a b.example", " .localhost", "a\tb", "a\nb",
    "evil.example%00.localhost", "{organization}.localhost", "${HOST}", "münchen.example", "\uff41.example", "a\\b",
    "A.Example",
    "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "10.1.2", "10.1.2.256", "010.1.2.3", "1.2.3.4.5", "a.1",
    "::1", "[::1", "[]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[0:0:0:0:0:0:0:1]", "[::FFFF]", "[v1.x]",
    "a" * 64, ".".join(["a" * 60] * 5), "a@b", "user:pw@a", "a\u202eb", "a\x00", "a,b", "a;b", "a'b", 'a"b', "a<b",
]  # fmt: skip
BAD = [
    "", "portal.acme.example", "ftp://a", "file:///etc/passwd", "javascript:alert(1)", "HTTPS://a", "https:/a",
    "https:a",
    "https://a:b", "https://a:0", "https://a:65536", "https://a:99999999", "https://a:", "https://a:-1", "https://a:080",
    "https://a:1:2", "https://u@a", "https://u:p@a", "https://@a", "https://a#x", "https://a/#", "https://a/b c",
    "https://a/\x1b]52;c;eA==\x07", "https://a/%", "https://a/%zz", "https://a/%00", "https://a/%1b", "https://a/ä",
    "https://a/{b}", "https://a/`b`", "https://a\\@b", f"https://a/{'x' * 2048}", " https://a", "https://a ",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_an_address_is_what_python_reads_too(text: str) -> None:
    address, parts = read_address(text), urlsplit(text)
    assert (address.scheme, address.host, address.port) == (parts.scheme, parts.hostname, parts.port)
    assert (address.path, address.query) == (parts.path, parts.query)
    assert text.startswith(address.origin) or address.port in {80, 443}


@pytest.mark.parametrize("text", [*BAD, *(f"https://{host}/x" for host in BAD_HOSTS)])
def test_anything_else_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_address(text)
    assert caught.value.fix.isprintable()
    assert "p@" not in caught.value.fix


@pytest.mark.parametrize("text", BAD_HOSTS)
def test_a_host_alone_has_the_same_rule(text: str) -> None:
    with pytest.raises(AddressError):
        require_host(text)


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://localhost:7007", True),
        ("http://a.b.localhost", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:7007", True),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.nip.io", False),
        ("http://0.0.0.0", False),
        ("http://[::]", False),
        ("http://[::ffff:7f00:1]", False),
        ("http://evil.example%00.localhost", False),
        ("http:// .localhost", False),
        ("http://{organization}.localhost", False),
        ("http://localhost@evil.example", False),
        ("http://2130706433", False),
        ("", False),
    ],
)
def test_one_place_says_what_loopback_is(address: str, *, here: bool) -> None:
    assert is_loopback(address) == here


@pytest.mark.parametrize("host", ["..localhost", "*.localhost", " .localhost", "-.localhost", "a" * 300 + ".localhost"])
def test_a_strange_host_is_not_loopback(host: str) -> None:
    assert not is_loopback_host(host)


def test_an_origin_has_no_port_of_the_scheme_and_keeps_brackets() -> None:
    assert read_address("https://a.example:443/x").origin == "https://a.example"
    assert read_address("http://a.example:443").origin == "http://a.example:443"
    assert read_address("http://[::1]:7007").origin == "http://[::1]:7007"
    assert read_address("http://a.example/x").tcp_port == 80


def test_what_is_accepted_is_never_read_differently() -> None:
    """Seeded: whatever is thrown together, an accepted address means for Python what it means for us."""
    parts = random.Random(10)
    alphabet = ["http", "https", "://", ":", "/", "@", "#", "?", "%00", "[", "]", "::1", "a", "b.c", "127.0.0.1", " "]
    alphabet += ["localhost", ".", "-", "80", "99999", "\t", "\x00", "ä", "{", "$", "*", "&", "=", "%41", "\\"]
    accepted = 0
    for _ in range(3000):
        text = "https://" * parts.randint(0, 1) + "".join(parts.choices(alphabet, k=parts.randint(1, 6)))
        try:
            address = read_address(text)
        except AddressError:
            continue
        accepted += 1
        known = urlsplit(text)
        assert (known.hostname, known.port, known.username, known.fragment) == (address.host, address.port, None, "")
        assert read_address(address.origin).origin == address.origin
    assert accepted > 50


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("mirror.acme.example/ghcr", True),
        ("localhost:5000/portal", True),
        ("mirror", True),
        ("mirror:0/x", False),
        ("mirror:70000/x", False),
        ("https://mirror/x", False),
        ("a..b/x", False),
        ("mirror/x:tag", False),
        ("mirror//x", False),
        ("mirror/", False),
        ("mirror/X", False),
        ("-x/y", False),
    ],
)
def test_a_registry_is_a_host_and_a_path(text: str, *, fits: bool) -> None:
    assert is_registry(text) == fits
