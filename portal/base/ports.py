"""Ports of this machine."""

from __future__ import annotations

import socket
from collections.abc import Container

from portal.base.errors import SituationError


def require_free_port(port: int) -> None:
    """Refuse to start something that could not be reached, because another program has its port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SituationError(
                f"another program on this machine listens on port {port}",
                f"stop it (`ss -ltnp sport = :{port}` names it), or change portal:url",
            ) from error


def first_free_port(ports: range, taken: Container[int]) -> int:
    """The first port that nobody listens on, and that is not ``taken`` by something that may not run now."""
    for port in ports:
        if port in taken:
            continue
        try:
            require_free_port(port)
        except SituationError:
            continue
        return port
    raise SituationError(
        f"no port of this machine from {ports[0]} to {ports[-1]} is free", "choose one with --url http://localhost:PORT"
    )
