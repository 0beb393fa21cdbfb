"""Pulumi's own engine, driven by its CLI: the one module that runs it.

For a stack of this machine the state is a folder under ``.portal/`` and needs no account. Backend and passphrase of the
user's shell are those of other stacks, and are not taken. The committed stack file is never touched: the CLI gets the
generated one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.checkout import Checkout
from portal.errors import PortalError
from portal.process import output


@dataclass(frozen=True)
class PulumiCli:
    """The CLI with the environment of one stack."""

    program: Path
    checkout: Checkout
    stack: str

    @property
    def environment(self) -> Mapping[str, str]:
        """Backend and passphrase of this stack."""
        backend = self.checkout.state / "pulumi"
        return {
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.checkout.passphrase_file(self.stack)),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def up(self, *, interactive: bool) -> None:
        """``pulumi up`` with the generated stack file; its own output goes to this terminal.

        Refreshes first: clusters of this machine come and go without the state being told.
        """
        self._ensure_stack()
        look = [] if interactive else ["--non-interactive", "--color=never"]
        self._run("up", "--yes", "--skip-preview", "--refresh", *look)

    def destroy(self) -> None:
        """Everything that is not protected."""
        self._run("destroy", "--yes", "--skip-preview", "--exclude-protected")

    def forget(self) -> None:
        """Drop the stack's state, for resources whose cluster or namespace is gone."""
        self._run("stack", "rm", "--yes", "--force", "--preserve-config")

    def _run(self, verb: str, *words: str) -> None:
        file = self.checkout.generated_stack_file(self.stack)
        command = self._command(verb, *words, f"--stack={self.stack}")
        if verb != "stack":
            command.append(f"--config-file={file}")
        environment = {**os.environ, **self.environment}
        with subprocess.Popen(command, cwd=self.checkout.root, env=environment) as process:  # noqa: S603
            code = _await_end(process)
        if code != 0:
            raise PortalError(f"pulumi {verb} failed with exit code {code}; what it said stands above")

    def _command(self, *words: str) -> list[str]:
        """A passphrase in the shell's environment would go before the file with this stack's."""
        return ["env", "-u", "PULUMI_CONFIG_PASSPHRASE", str(self.program), *words]

    def _ensure_stack(self) -> None:
        """Create the stack in the backend, from a copy of the project: ``stack init`` writes into a stack file."""
        (self.checkout.state / "pulumi").mkdir(parents=True, exist_ok=True)
        known = json.loads(
            output(self._command("stack", "ls", "--json"), cwd=self.checkout.root, env=self.environment) or "[]"
        )
        if any(str(entry["name"]).rpartition("/")[2] == self.stack for entry in known):
            return
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "stacks").mkdir()
            shutil.copyfile(self.checkout.root / "Pulumi.yaml", Path(folder) / "Pulumi.yaml")
            output(
                self._command("stack", "init", self.stack, "--no-select", "--non-interactive"),
                cwd=Path(folder),
                env=self.environment,
            )


def _await_end(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the CLI as well, which ends its operations and unlocks its state: that is waited for."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def pulumi_program() -> Path | None:
    """The CLI on the PATH, if there is one."""
    found = shutil.which("pulumi")
    return Path(found) if found is not None else None
