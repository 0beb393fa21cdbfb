"""The answer of a server, whole and not too large."""

from __future__ import annotations

import urllib.error
import urllib.request


def read_answer(request: urllib.request.Request, *, seconds: float, most_bytes: int) -> bytes:
    """Send a request, through the environment's proxy, and return the body of the answer.

    ``seconds`` are for each step of it. OSError if there is no answer. If the server refuses, an HTTPError that is
    closed: else a connection would stay open until Python collects it. ValueError if the body has more than
    ``most_bytes``. The caller decides where requests may go: to https, or to loopback.
    """
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 - the caller's matter
            content: bytes = answer.read(most_bytes + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise
    if len(content) > most_bytes:
        raise ValueError(f"{request.full_url} has more than {most_bytes} bytes")
    return content
