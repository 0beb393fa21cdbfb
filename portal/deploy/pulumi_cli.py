"""Run the Pulumi CLI. No other module runs it.

A local stack keeps its state in a folder under ``.portal/`` and needs no account. The CLI uses the generated stack
file and never changes the committed one. For a team stack, the backend, secrets provider, and passphrase come from the
shell and the committed file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from portal.base.checkout import Checkout, cache_folder
from portal.base.child_environment import whole_environment
from portal.base.errors import PortalError, SituationError
from portal.base.interrupts import interrupts_noted
from portal.base.process import output
from portal.deploy.pulumi_download import cached_pulumi
from portal.deploy.rollout_guard import RolloutGuard

# Variables that the shell may set for other stacks. The CLI would prefer them to this stack's passphrase file
# (pulumi/pulumi pkg/secrets/passphrase/manager.go).
_OF_OTHER_STACKS = ("PULUMI_CONFIG_PASSPHRASE",)


@dataclass(frozen=True)
class CliEnvironment:
    """Where a stack's state and configuration are: ``environment`` is added to the shell's, ``without`` is taken out.

    Default for ``config_file``: the committed stack file, which the CLI finds by itself.
    """

    environment: Mapping[str, str]
    without: tuple[str, ...] = ()
    config_file: Path | None = None


def local_stack_environment(checkout: Checkout, stack: str) -> CliEnvironment:
    """The environment of a local stack. Home, backend, passphrase and stack file are under ``.portal/``."""
    # The CLI reads the address as a URL.
    backend = str(checkout.pulumi_backend).translate({ord(sign): quote(sign) for sign in "%?#"})
    environment = {
        "PULUMI_HOME": str(checkout.pulumi_home),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(checkout.passphrase_file(stack)),
    }
    return CliEnvironment(environment, _OF_OTHER_STACKS, checkout.generated_stack_file(stack))


def team_stack_environment() -> CliEnvironment:
    """The environment of a team stack: the user's own."""
    return CliEnvironment({})


@dataclass(frozen=True)
class PulumiCli:
    """The CLI in the environment of one stack."""

    program: Path
    checkout: Checkout
    stack: str
    cli_environment: CliEnvironment

    @property
    def environment(self) -> Mapping[str, str]:
        """The CLI's environment variables. Its folder is first on the PATH, where the CLI looks for language hosts.

        Source: pulumi/pulumi sdk/go/common/workspace/plugins.go.
        """
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true", **self.cli_environment.environment}

    def deploy(self, *, interactive: bool, guard: RolloutGuard | None = None) -> None:
        """``pulumi up`` of a local stack: creates the stack, asks nothing. ``guard`` ends a wait that is in vain.

        Refreshes first, because a cluster on this machine may have been deleted without a change of the state.
        """
        self._ensure_stack()
        self._run("up", "--yes", "--skip-preview", "--refresh", *_look(interactive=interactive), guard=guard)

    def remove(self) -> None:
        """``pulumi destroy`` of a local stack's unprotected resources. Asks nothing."""
        make_home(self.checkout)
        self._run("destroy", "--yes", "--skip-preview", "--exclude-protected")

    def forget(self) -> None:
        """Delete the stack's state after its cluster or namespace is gone. Does nothing if there is no state."""
        if self._known():
            self.remove_stack(force=True)

    def up(self, *, interactive: bool, guard: RolloutGuard | None = None) -> None:
        """``pulumi up`` as a user would run it: shows the preview, and asks if somebody can answer.

        ``guard`` ends a wait that is in vain.
        """
        self._run("up", *_consent(interactive=interactive), guard=guard)

    def destroy(self, *, interactive: bool) -> None:
        """``pulumi destroy`` of unprotected resources: shows the preview, and asks if somebody can answer."""
        self._run("destroy", "--exclude-protected", *_consent(interactive=interactive))

    def install_plugin(self, name: str, version: str, archive: Path) -> None:
        """Install a resource plugin from its archive, which the caller has verified."""
        words = ("plugin", "install", "resource", name, f"v{version}", f"--file={archive}")
        output(self._command(*words, "--non-interactive", "--color=never"), cwd=archive.parent, env=self.environment)

    def require_stack(self) -> None:
        """Fail if the backend does not have the stack. It is not created: the user chooses a secrets provider."""
        if not self.has_stack():
            raise SituationError(
                f"the Pulumi backend has no stack {self.stack}",
                f"run `pulumi stack init {self.stack}`, with --secrets-provider if the stack's file names one",
                where=self.checkout.relative(self.checkout.stack_file(self.stack)),
            )

    def outputs(self) -> str:
        """The stack's outputs as JSON. Secret ones are masked."""
        question = ("stack", "output", "--json", f"--stack={self.stack}", "--non-interactive", "--color=never")
        return output(self._command(*question), cwd=self.checkout.root, environment=self._whole())

    def make_stack(self) -> None:
        """Create the stack in the backend if it is not there. Its file already says how its secrets are encrypted."""
        if not self.has_stack():
            self._init()

    def remove_stack(self, *, force: bool = False) -> None:
        """``pulumi stack rm``: delete the state. ``force``: also if resources are in it, which are gone by then."""
        self._run("stack", "rm", "--yes", *(["--force"] if force else []), "--preserve-config")

    def has_stack(self) -> bool:
        """Whether the backend has the stack. PortalError if the backend cannot be used.

        Source of the error texts that are matched: pulumi/pulumi pkg/backend/backenderr/backenderr.go.
        """
        question = ("stack", "--show-name", f"--stack={self.stack}", "--non-interactive", "--color=never")
        try:
            output(self._command(*question), cwd=self.checkout.root, environment=self._whole())
        except PortalError as error:
            said = error.last_line.removeprefix("error: ")
            if "no stack named" in said:
                return False
            raise PortalError(f"the Pulumi CLI cannot use its backend ({said}). Run `pulumi login`.") from error
        return True

    def _run(self, verb: str, *words: str, guard: RolloutGuard | None = None) -> None:
        command = self._command(verb, *words, f"--stack={self.stack}")
        if verb != "stack" and self.cli_environment.config_file is not None:
            command.append(f"--config-file={self.cli_environment.config_file}")
        # After Ctrl-C, too, its end is waited for: the CLI receives it as well, and then stops and unlocks its state.
        with (
            interrupts_noted() as interrupted,
            subprocess.Popen(command, cwd=self.checkout.root, env=self._whole()) as process,  # noqa: S603
            guard.beside(process) if guard is not None else nullcontext(),
        ):
            code = process.wait()
        if code != 0:
            if interrupted():
                raise KeyboardInterrupt
            cause = (guard.cause or guard.suspicion()) if guard is not None else None
            raise PortalError(cause or f"pulumi {verb} failed with exit code {code}; its output is above")

    def _command(self, *words: str) -> list[str]:
        return [str(self.program), *words]

    def _whole(self) -> dict[str, str]:
        """The shell's whole environment and ours: a team's stack reads its cloud keys, its tokens and its passphrase.

        The CLI, its providers and the program are pinned or the user's own. No package of the app runs in them.
        """
        without = self.cli_environment.without
        shells = {name: value for name, value in whole_environment().items() if name not in without}
        return {**shells, **self.environment}

    def _known(self) -> bool:
        """Whether the backend under ``.portal/`` has the stack."""
        self.checkout.pulumi_backend.mkdir(parents=True, exist_ok=True)
        make_home(self.checkout)
        said = output(self._command("stack", "ls", "--json"), cwd=self.checkout.root, environment=self._whole())
        return any(str(entry["name"]).rpartition("/")[2] == self.stack for entry in json.loads(said or "[]"))

    def _ensure_stack(self) -> None:
        """Create the stack in the backend under ``.portal/``."""
        if not self._known():
            self._init()

    def _init(self) -> None:
        """``pulumi stack init``, from a copy of the project: it writes into a stack file."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "stacks").mkdir()
            shutil.copyfile(self.checkout.root / "Pulumi.yaml", Path(folder) / "Pulumi.yaml")
            output(
                self._command("stack", "init", self.stack, "--no-select", "--non-interactive"),
                cwd=Path(folder),
                environment=self._whole(),
            )


def make_home(checkout: Checkout) -> None:
    """Make the CLI's home of a checkout's local stacks. Plugins are a hundred megabytes, so all homes share them."""
    home = checkout.pulumi_home
    home.mkdir(parents=True, exist_ok=True)
    plugins = home / "plugins"
    if not plugins.is_dir():
        plugins.unlink(missing_ok=True)
        users = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
        shared = users if users.is_dir() else cache_folder() / "pulumi-plugins"
        shared.mkdir(parents=True, exist_ok=True)
        plugins.symlink_to(shared)


def _look(*, interactive: bool) -> Sequence[str]:
    return [] if interactive else ["--non-interactive", "--color=never"]


def _consent(*, interactive: bool) -> Sequence[str]:
    return [] if interactive else ["--yes", *_look(interactive=False)]


def pulumi_program() -> Path | None:
    """The CLI on the PATH, else the one in our cache folder, if there is one."""
    found = shutil.which("pulumi")
    return Path(found) if found is not None else cached_pulumi()
