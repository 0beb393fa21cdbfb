"""What RDS has in front of PostgreSQL, on loopback: TLS, and a check of the token or password that a client sends.

The end-to-end tests serve the same where pods reach it.
Source: https://www.postgresql.org/docs/18/protocol-flow.html
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from components.database.rds_args import MASTER_USER
from tests.components.postgres import Server
from tests.support.certificates import Authority

# The name that the certificate is for.
HOST = "localhost"
_TLS_REQUEST = struct.pack("!ii", 8, 80877103)
_ASKS_FOR_A_PASSWORD = b"R" + struct.pack("!ii", 8, 3)


def leave_as_rds_does(server: Server, role: str, database: str) -> None:
    """A new instance: a master user that is no superuser, and its database, and no role of the portal."""
    for statement in (
        f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)',
        *(f'DROP ROLE IF EXISTS "{one}"' for one in (role, MASTER_USER, "rds_iam", "rds_superuser")),
        f"CREATE ROLE {MASTER_USER} LOGIN CREATEROLE CREATEDB",
        *(f"CREATE ROLE {one}; GRANT {one} TO {MASTER_USER} WITH ADMIN OPTION" for one in ("rds_iam", "rds_superuser")),
        f'CREATE DATABASE "{database}" OWNER {MASTER_USER}',
    ):
        server.query(statement, "postgres", "postgres")


@dataclass
class Rds:
    """Such a server. ``check`` gets the user and what was sent as the password, and raises AssertionError."""

    check: Callable[[str, str], None]
    port: int
    authority: Path
    accepted: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])

    def environment(self, user: str, database: str) -> dict[str, str]:
        """The variables of a pod that connects to it."""
        return {
            "PORTAL_DB_HOST": HOST,
            "PORTAL_DB_PORT": str(self.port),
            "PORTAL_DB_USER": user,
            "PORTAL_DB_NAME": database,
            "PORTAL_DB_TLS": "verify",
            "PORTAL_DB_AUTHORITY": str(self.authority),
        }


def _exactly(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def _message(connection: socket.socket) -> bytes:
    """A message without a type, with its length."""
    length = _exactly(connection, 4)
    return length + _exactly(connection, struct.unpack("!i", length)[0] - 4)


def _error(text: str) -> bytes:
    body = f"SFATAL\0C28000\0M{text}\0\0".encode()
    return b"E" + struct.pack("!i", len(body) + 4) + body


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _serve(rds: Rds, plain: socket.socket, context: ssl.SSLContext, server: Server) -> None:
    with suppress(OSError), plain:
        if _message(plain) != _TLS_REQUEST:
            plain.sendall(_error("no encryption"))
            return
        plain.sendall(b"S")
        with context.wrap_socket(plain, server_side=True) as client:
            startup = _message(client)
            words = startup[8:].split(b"\0")
            user = dict(zip(words[::2], words[1::2], strict=False))[b"user"].decode()
            client.sendall(_ASKS_FOR_A_PASSWORD)
            if _exactly(client, 1) != b"p":
                # Who finds no credentials takes its leave.
                return
            password = _message(client)[4:-1].decode()
            try:
                rds.check(user, password)
            except AssertionError as error:
                rds.refused.append(str(error))
                client.sendall(_error(f'PAM authentication failed for user "{user}"'))
                return
            rds.accepted.append(password)
            with socket.socket(socket.AF_UNIX) as behind:
                behind.connect(str(server.folder / ".s.PGSQL.5432"))
                behind.sendall(startup)
                back = Thread(target=_pass_on, args=(behind, client), daemon=True)
                back.start()
                _pass_on(client, behind)
                back.join()


@contextmanager
def rds_on_loopback(server: Server, folder: Path, check: Callable[[str, str], None]) -> Generator[Rds]:
    """A server with TLS in front of ``server``. ``folder`` gets the certificates."""
    with rds_at(("127.0.0.1", 0), HOST, server, folder, check) as rds:
        yield rds


@contextmanager
def rds_at(
    address: tuple[str, int], host: str, server: Server, folder: Path, check: Callable[[str, str], None]
) -> Generator[Rds]:
    """The same at another address, for clients that know it by the name ``host``."""
    authority = Authority("rds")
    certificate, key = authority.signed_for(host)
    for name, text in (("authority.pem", authority.certificate), ("server.pem", certificate), ("server.key", key)):
        (folder / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with socket.create_server(address) as listening:
        rds = Rds(check=check, port=listening.getsockname()[1], authority=folder / "authority.pem")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    Thread(target=_serve, args=(rds, connection, context, server), daemon=True).start()

        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield rds
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
