"""What the value of a secret has to look like, where its record says so. No error shows a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from portal.stack.secrets import SecretNeed

# A pod mounts a Secret with all values of a stack, which has at most a MiB (https://kubernetes.io/docs/concepts/configuration/secret).
MOST_BYTES = 256 * 1024


def shape_faults(need: SecretNeed, value: str) -> Iterator[str]:
    """What is wrong with a value, in words that follow "its value". Nothing if it fits."""
    if not value:
        yield "is empty"
    elif len(value.encode()) > MOST_BYTES:
        yield f"has more than {MOST_BYTES // 1024} KiB"
    elif "\0" in value:
        yield "has zero bytes in it: save it as UTF-8, not as UTF-16"
    else:
        before = need.format.partition("{value}")[0]
        if before and value.startswith(before):
            yield f'begins with "{before.strip()}", which the portal adds: leave it out'
        yield from _SHAPES[need.shape](value)


def _text(_: str) -> Iterator[str]:
    yield from ()


def _line(value: str) -> Iterator[str]:
    """What goes into an HTTP header: Node.js refuses control characters there, and services refuse blanks."""
    if "\n" in value or "\r" in value:
        yield "has a line break in it, and should be one line"
    elif not value.isprintable():
        yield "has a control character in it"
    elif value != value.strip():
        yield "begins or ends with a blank"


def _number(value: str) -> Iterator[str]:
    """What Backstage reads as a number: with anything else, it does not start."""
    if not (value.isascii() and value.isdigit()):
        yield "is not a number"


def _private_key(value: str) -> Iterator[str]:
    lines = value.strip().splitlines()
    # Python's parser is content with blanks in place of line breaks, and Node.js is not.
    if not (len(lines) > 2 and lines[0].startswith("-----BEGIN ") and lines[-1].startswith("-----END ")):
        yield "is not a whole private key in PEM: give the whole file, with its first and last line and all line breaks"
        return
    try:
        load_pem_private_key(value.encode(), None)
    except TypeError:
        yield "is a private key that a passphrase protects, and nobody could open it in the pod"
    except (ValueError, UnsupportedAlgorithm):
        yield "is not a whole private key in PEM: give the whole file, from -----BEGIN to -----END"


_SHAPES: Mapping[str, Callable[[str], Iterator[str]]] = {
    "text": _text,
    "line": _line,
    "number": _number,
    "private-key": _private_key,
}
