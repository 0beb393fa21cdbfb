"""Pulumi's own engine, driven by its CLI: the one module that runs it.

A local stack has its state in a folder under ``.portal/`` and needs no account; the CLI gets the generated
stack file, and the committed one is never touched. Every other stack is the user's: backend, secrets provider and
passphrase are those of the shell and of the committed file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.process import output
from portal.deploy.pulumi_download import cached_pulumi

# What a shell may hold for other stacks: the CLI takes it before the file with this stack's
# (pulumi/pulumi pkg/secrets/passphrase/manager.go).
_OF_OTHER_STACKS = ("PULUMI_CONFIG_PASSPHRASE",)


@dataclass(frozen=True)
class CliEnvironment:
    """Where a stack's state and configuration are: ``environment`` is added to the shell's, ``without`` is taken out.

    ``config_file`` absent: the committed stack file, which the CLI finds by itself.
    """

    environment: Mapping[str, str]
    without: tuple[str, ...] = ()
    config_file: Path | None = None


def local_stack_environment(checkout: Checkout, stack: str) -> CliEnvironment:
    """Those of a local stack: a backend, a passphrase and a stack file under ``.portal/``."""
    environment = {
        "PULUMI_BACKEND_URL": f"file://{checkout.pulumi_backend}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(checkout.passphrase_file(stack)),
    }
    return CliEnvironment(environment, _OF_OTHER_STACKS, checkout.generated_stack_file(stack))


def team_stack_environment() -> CliEnvironment:
    """Those of a team stack: the user's own."""
    return CliEnvironment({})


@dataclass(frozen=True)
class PulumiCli:
    """The CLI with the cli_environment of one stack."""

    program: Path
    checkout: Checkout
    stack: str
    cli_environment: CliEnvironment

    @property
    def environment(self) -> Mapping[str, str]:
        """What is set for the CLI. Its folder goes first on the PATH: a language host from there goes before its own.

        Source: pulumi/pulumi sdk/go/common/workspace/plugins.go.
        """
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true", **self.cli_environment.environment}

    def deploy(self, *, interactive: bool) -> None:
        """``pulumi up`` of a local stack: creates the stack, asks nothing.

        Refreshes first: clusters of this machine come and go without the state being told.
        """
        self._ensure_stack()
        self._run("up", "--yes", "--skip-preview", "--refresh", *_look(interactive=interactive))

    def remove(self) -> None:
        """Everything of a local stack that is not protected, without a question."""
        self._run("destroy", "--yes", "--skip-preview", "--exclude-protected")

    def forget(self) -> None:
        """Drop the stack's state, for resources whose cluster or namespace is gone; nothing where there is none."""
        if self._known():
            self._run("stack", "rm", "--yes", "--force", "--preserve-config")

    def up(self, *, interactive: bool) -> None:
        """``pulumi up`` as its user would type it: shows the preview, and asks where there is somebody to answer."""
        self._run("up", *_consent(interactive=interactive))

    def destroy(self, *, interactive: bool) -> None:
        """``pulumi destroy`` of what is not protected, with the preview; asks where there is somebody to answer."""
        self._run("destroy", "--exclude-protected", *_consent(interactive=interactive))

    def require_stack(self) -> None:
        """Refuse a stack that the backend does not have: creating one chooses its secrets provider, which is asked for.

        Source of the words that are looked for: pulumi/pulumi pkg/backend/backenderr/backenderr.go.
        """
        question = ("stack", "--show-name", f"--stack={self.stack}", "--non-interactive", "--color=never")
        try:
            output(self._command(*question), cwd=self.checkout.root, env=self.environment)
        except PortalError as error:
            said = str(error).splitlines()[-1].strip().removeprefix("error: ")
            if "no stack named" in said:
                raise SituationError(
                    f"the Pulumi backend has no stack {self.stack}",
                    f"run `pulumi stack init {self.stack}`, with --secrets-provider if the stack's file names one",
                    where=self.checkout.relative(self.checkout.stack_file(self.stack)),
                ) from error
            raise PortalError(f"the Pulumi CLI cannot use its backend ({said}). Run `pulumi login`.") from error

    def _run(self, verb: str, *words: str) -> None:
        command = self._command(verb, *words, f"--stack={self.stack}")
        if verb != "stack" and self.cli_environment.config_file is not None:
            command.append(f"--config-file={self.cli_environment.config_file}")
        environment = {**os.environ, **self.environment}
        with subprocess.Popen(command, cwd=self.checkout.root, env=environment) as process:  # noqa: S603
            code = _await_end(process)
        if code != 0:
            raise PortalError(f"pulumi {verb} failed with exit code {code}; its output is above")

    def _command(self, *words: str) -> list[str]:
        without = [word for name in self.cli_environment.without for word in ("-u", name)]
        return [*(["env", *without] if without else []), str(self.program), *words]

    def _known(self) -> bool:
        """Whether the backend under ``.portal/`` has the stack."""
        (self.checkout.pulumi_backend).mkdir(parents=True, exist_ok=True)
        said = output(self._command("stack", "ls", "--json"), cwd=self.checkout.root, env=self.environment)
        return any(str(entry["name"]).rpartition("/")[2] == self.stack for entry in json.loads(said or "[]"))

    def _ensure_stack(self) -> None:
        """Create the stack in the backend, from a copy of the project: ``stack init`` writes into a stack file."""
        if self._known():
            return
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "stacks").mkdir()
            shutil.copyfile(self.checkout.root / "Pulumi.yaml", Path(folder) / "Pulumi.yaml")
            output(
                self._command("stack", "init", self.stack, "--no-select", "--non-interactive"),
                cwd=Path(folder),
                env=self.environment,
            )


def _look(*, interactive: bool) -> Sequence[str]:
    return [] if interactive else ["--non-interactive", "--color=never"]


def _consent(*, interactive: bool) -> Sequence[str]:
    return [] if interactive else ["--yes", *_look(interactive=False)]


def _await_end(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the CLI as well, which ends its operations and unlocks its state: that is waited for."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def pulumi_program() -> Path | None:
    """The CLI on the PATH, else the one in our cache folder, if there is one."""
    found = shutil.which("pulumi")
    return Path(found) if found is not None else cached_pulumi()
