"""Backstage starts when PostgreSQL answers, and not when something does."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable

from components.backstage.wait_for_database import WAIT_FOR_DATABASE
from tests.components.node import NODE

STARTING = b"E\x00\x00\x00\x30SFATAL\x00C57P03\x00Mthe database system is starting up\x00\x00"
ASKS_FOR_A_PASSWORD = b"R\x00\x00\x00\x08\x00\x00\x00\x0a"
TLS_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])


def declines_tls(then: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        assert connection.recv(100) == TLS_REQUEST
        connection.sendall(b"N")
        assert b"user\0portal\0database\0catalog\0\0" in connection.recv(100)
        connection.sendall(then)

    return answer


def waits(*answers: Callable[[socket.socket], None]) -> list[str]:
    """What the script prints while each answer is given to one connection, until it ends well."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        names = {"HOST": "127.0.0.1", "PORT": str(server.getsockname()[1]), "USER": "portal", "NAME": "catalog"}
        ended = subprocess.run(
            [NODE, "--input-type=module", "--eval", WAIT_FOR_DATABASE],
            env={**os.environ, **{f"PORTAL_DB_{name}": value for name, value in names.items()}},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        thread.join()
    return [line.rpartition(": ")[2] for line in ended.stdout.splitlines()]


def test_an_open_port_is_no_answer() -> None:
    said = waits(
        lambda connection: connection.close(),
        lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n"),
        declines_tls(STARTING),
        declines_tls(ASKS_FOR_A_PASSWORD),
    )
    assert said[1:] == ["not PostgreSQL", "the database system is starting up"]
    assert said[0] in {"the connection was closed", "ECONNRESET"}


def test_a_server_that_speaks_tls_is_postgresql() -> None:
    assert waits(lambda connection: connection.sendall(b"S" if connection.recv(100) == TLS_REQUEST else b"?")) == []
