"""Addresses and hosts: one reading of them for options, settings, sources and catalog locations.

An address is what every program after us reads in the same way: Python, Node.js, a browser, Kubernetes. So it is
narrower than RFC 3986: http or https, a host by DNS's rules or an IP address in its usual form, no user name, no
fragment, printable ASCII only. Deliberately looks nothing up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
# RFC 1035: 63 characters a label, 253 in all. RFC 1123 allows a digit at the beginning.
_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
NAME_LENGTH = 253
ADDRESS_LENGTH = 2048
# Browsers and Node.js read a host that ends in a number as IPv4, in any notation: 127.1, 0x7f.1, 2130706433
# (https://url.spec.whatwg.org/#ends-in-a-number-checker).
_NUMBER_AT_THE_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_REST = re.compile(r"(?:[-A-Za-z0-9._~!$&'()*+,;=:@/?\[\]|]|%[0-9A-Fa-f]{2})*")
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff])")


class AddressError(ValueError):
    """A text is no address or no host. ``fix`` says what to do."""

    def __init__(self, fix: str) -> None:
        super().__init__(fix)
        self.fix = fix


@dataclass(frozen=True)
class Address:
    """An address, taken apart. ``port`` is None if it is not written; an IPv6 ``host`` has no brackets."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, as CORS and CSP rules name it: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port in {None, PORTS[self.scheme]} else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def tcp_port(self) -> int:
        """The port, or the scheme's."""
        return self.port or PORTS[self.scheme]

    @property
    def loopback(self) -> bool:
        """Whether only its own machine can reach it."""
        return is_loopback_host(self.host)


def read_address(text: str) -> Address:
    """An address, or an AddressError that says how to write it."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise AddressError(_ascii_fix(text))
    if len(text) > ADDRESS_LENGTH:
        raise AddressError(f"write an address of at most {ADDRESS_LENGTH} characters")
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in PORTS:
        raise AddressError("put https:// in front, as in https://portal.acme.example")
    if scheme != scheme.lower():
        raise AddressError(f"write {scheme.lower()}://{rest}")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority or "\\" in rest:
        raise AddressError("remove the user name and password, which everybody could see")
    if "#" in rest:
        raise AddressError("remove the part from # on")
    if not _REST.fullmatch(rest[len(authority) :]) or _ENCODED_CONTROL.search(rest):
        raise AddressError("write special characters in the path as % and two hex digits")
    host, port = _authority(authority)
    parts = urlsplit(f"{scheme}://host{rest[len(authority) :]}")
    return Address(scheme, require_host(host), port, parts.path, parts.query)


def _authority(text: str) -> tuple[str, int | None]:
    found = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?", text)
    if found is None:
        raise AddressError("write the host, and after a colon the port as a number from 1 to 65535")
    port = int(found[2]) if found[2] is not None else None
    if port is not None and (not 0 < port < 2**16 or found[2].startswith("0")):
        raise AddressError("write a port from 1 to 65535")
    return found[1], port


def require_host(text: str) -> str:
    """A host as :class:`Address` has it, or an AddressError. An IPv6 address is in brackets."""
    if text.startswith("["):
        return _ipv6(text)
    if text != text.lower() and _NAME.fullmatch(text.lower()):
        raise AddressError(f"write the host in lower case: {text.lower()}")
    if _NUMBER_AT_THE_END.fullmatch(text):
        try:
            return str(IPv4Address(text))
        except AddressValueError:
            raise AddressError("write an IPv4 address as four numbers from 0 to 255 (10.1.2.3)") from None
    if not text or len(text) > NAME_LENGTH or not _NAME.fullmatch(text):
        raise AddressError(
            "write a host of letters, digits, dashes and dots; each part has 1 to 63 characters and no dash at its ends"
        )
    return text


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text[1:-1])
    except AddressValueError:
        raise AddressError("write an IPv6 address in brackets ([2001:db8::1])") from None
    if address.scope_id is not None:
        raise AddressError("leave out the zone of the IPv6 address (from % on)")
    if text != f"[{address}]":
        raise AddressError(f"write [{address}]")
    return str(address)


def _ascii_fix(text: str) -> str:
    host = text.partition("://")[2].partition("/")[0]
    try:
        known = host.encode("idna").decode()
    except UnicodeError:
        known = ""
    if known and known != host and _NAME.fullmatch(known):
        return f"write the host in ASCII: {known}"
    return "write it without spaces, control characters and letters outside of ASCII"


def is_name(text: str) -> bool:
    """Whether a host is a DNS name: lower case, and no IP address."""
    try:
        return require_host(text) == text and not is_ip_address(text)
    except AddressError:
        return False


def is_ip_address(host: str) -> bool:
    """Whether a host is an IP address instead of a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback_host(host: str) -> bool:
    """Whether a host is loopback: 127.0.0.0/8, ::1, ``localhost`` and names below it (RFC 6761, 6.3).

    Of hosts as :class:`Address` has them. ``hosts.is_own_machine`` reads every notation that clients read.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return is_name(host)
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback if address.version == 4 else address == IPv6Address("::1")


def is_loopback(address: str) -> bool:
    """Whether only its own machine can reach an address. What is no address is not loopback."""
    try:
        return read_address(address).loopback
    except AddressError:
        return False


_IMAGE_PATH = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")


def is_registry(text: str) -> bool:
    """Whether a text names a registry as images do: a host, maybe a port and a path, no scheme and no tag.

    Source: https://pkg.go.dev/github.com/distribution/reference
    """
    host, slash, path = text.partition("/")
    try:
        require_host(_authority(host)[0])
    except AddressError:
        return False
    return not slash or (len(text) <= NAME_LENGTH and _IMAGE_PATH.fullmatch(path) is not None)
