"""Ports of this machine."""

from __future__ import annotations

import socket

from portal.base.errors import InputError


def require_free_port(port: int) -> None:
    """Refuse to start what could not be reached."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(
                where="this machine",
                key=f"port {port}",
                got="a port that another program listens on",
                allowed="a free port",
                fix=f"end that program (`ss -ltnp sport = :{port}` names it), or change portal:url",
            ) from error
