"""A pod that runs a program beside the client of a database on RDS, as folders of this machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.backstage.database_client import database_client
from components.backstage.make_rds_role import MAKE_RDS_ROLE
from components.database.connection import DatabaseConnection, IamSignIn
from tests.components.aws_on_loopback import REGION
from tests.components.node import NODE

QUICKLY = MAKE_RDS_ROLE.replace("PAUSE_MS = 3_000", "PAUSE_MS = 20")
_CONNECTION = DatabaseConnection(host="", port=0, database="", user="", credential=IamSignIn(region=REGION))


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    code: int
    said: str
    cause: str

    @property
    def lines(self) -> list[str]:
        return self.said.splitlines()


@dataclass
class Pod:
    """A pod that runs a module beside the client."""

    folder: Path
    app: Path
    environment: Mapping[str, str]

    def started(self, program: str, **more: str) -> subprocess.Popen[str]:
        (self.folder / "database-client.mjs").write_text(database_client(_CONNECTION))
        (self.folder / "program.mjs").write_text(program)
        inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return subprocess.Popen(
            [NODE, str(self.folder / "program.mjs")],
            cwd=self.app,
            env={**inherited, **self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, program: str, **more: str) -> Ended:
        process = self.started(program, **more)
        said, cause = process.communicate(timeout=60)
        return Ended(process.returncode, said, cause)

    def makes_the_role(self) -> Ended:
        return self.run(QUICKLY)

    def fails(self, meanwhile: Callable[[], object] = lambda: None, **more: str) -> Ended:
        """It tries again for minutes, so it is asked to end once it has said why, and something happened meanwhile."""
        process = self.started(QUICKLY, **more)
        assert process.stdout is not None
        first = process.stdout.readline()
        meanwhile()
        process.terminate()
        said, cause = process.communicate(timeout=60)
        return Ended(process.returncode, first + said, cause)
