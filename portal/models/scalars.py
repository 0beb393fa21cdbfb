"""Texts with a fixed form: addresses, names, quantities."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from portal.models.base import refusal

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_QUANTITY = re.compile(r"[1-9][0-9]*(m|k|[MGT]|[KMGT]i)?")


def _origin(text: str) -> str:
    example = "https://portal.acme.example"
    allowed = f"an address of scheme, host and port, without a path ({example})"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise refusal(allowed, f"write it like {example}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise refusal(allowed, f"put https:// in front, as in {example}")
    if parts.username or parts.password:
        raise refusal(allowed, "remove the user name and password")
    whole = f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")
    if text != whole:
        raise refusal(allowed, f"write {whole}")
    return text


def origin(address: str) -> str:
    """Scheme, host and port of an address, as CORS and CSP rules name it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(address: str) -> bool:
    """Whether only its own machine can reach an address: loopback, ``localhost`` or ``*.localhost``."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise refusal("up to 63 lower case letters, digits and dashes (RFC 1123)", "choose a name like my-portal")
    return text


def _quantity(text: str) -> str:
    if not _QUANTITY.fullmatch(text):
        raise refusal("a Kubernetes quantity (500m, 2, 512Mi, 5Gi)", "write a number with its unit")
    return text


def _size(text: str) -> str:
    if text.endswith("m") or not _QUANTITY.fullmatch(text):
        raise refusal("a size in bytes with its unit (512Mi, 5Gi)", "write a number with its unit")
    return text


_LABEL_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL_KEY = re.compile(rf"([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_LABEL_NAME}")
_LABEL_VALUE = re.compile(rf"({_LABEL_NAME})?")
_OWN_PREFIXES = ("app.kubernetes.io/", "kubernetes.io/", "pulumi.com/")


def _label_key(text: str) -> str:
    if not _LABEL_KEY.fullmatch(text):
        raise refusal(
            "a key like team or acme.example/team, with at most 63 characters after the slash", "correct the key"
        )
    if text.startswith(_OWN_PREFIXES):
        raise refusal(f"a key without the prefixes {', '.join(_OWN_PREFIXES)}, which are reserved", "rename it")
    return text


def _label_value(text: str) -> str:
    if not _LABEL_VALUE.fullmatch(text):
        raise refusal("up to 63 letters, digits, dashes, underscores and dots", "use an annotation for any other text")
    return text


Origin = Annotated[str, AfterValidator(_origin)]
"""``scheme://host[:port]``, and nothing after it."""

Name = Annotated[str, AfterValidator(_name)]
"""A Kubernetes object name (RFC 1123 label)."""

LabelKey = Annotated[str, AfterValidator(_label_key)]
"""The key of a label or an annotation that the portal does not set itself.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
"""

LabelValue = Annotated[str, AfterValidator(_label_value)]
"""The value of a label."""

Quantity = Annotated[str, AfterValidator(_quantity)]
"""A Kubernetes quantity."""

Size = Annotated[str, AfterValidator(_size)]
"""A Kubernetes quantity of bytes."""
