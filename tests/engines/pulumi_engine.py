"""Pulumi's own CLI, with its state in a folder and its home beside it: nothing of the user's is read or written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from portal.base.yaml_text import yaml_text
from tests.engines.engine import Outcome
from tests.engines.place import PASSPHRASE, Place
from tests.support.checkouts import ROOT

# Longer than any of these commands takes on a slow machine.
LIMIT = 600
_LOOK = ("--non-interactive", "--color=never")


class PulumiEngine:
    """The CLI on the PATH, in the checkout of a place. The stack exists as soon as this is made."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._root = place.checkout.root
        self._home = self._root.parent / "home"
        self._backend = self._root.parent / "backend"
        for folder in (self._home, self._backend):
            folder.mkdir()
        self._point_to_plugins()
        before = place.file.read_bytes()
        self._run("stack", "init", place.stack, "--secrets-provider=passphrase", needed=True)
        # The command writes into the stack's file.
        place.file.write_bytes(before)

    def preview(self) -> Outcome:
        return self._run("preview", "--diff")

    def up(self, *, skip_preview: bool = False, expect_no_changes: bool = False) -> Outcome:
        chosen = {"--skip-preview": skip_preview, "--expect-no-changes": expect_no_changes}
        return self._run("up", "--yes", *(word for word, given in chosen.items() if given))

    def destroy(self, *, exclude_protected: bool = False) -> Outcome:
        return self._run("destroy", "--yes", *(["--exclude-protected"] if exclude_protected else []))

    def unprotect(self) -> Outcome:
        return self._run("state", "unprotect", "--all", "--yes")

    def resources(self) -> list[Mapping[str, Any]]:
        deployment = json.loads(self._run("stack", "export", needed=True).text)["deployment"]
        # A stack that was never deployed, or is gone, has none of these keys.
        found: list[Mapping[str, Any]] | None = deployment.get("resources") if deployment else None
        return found or []

    def kept(self) -> Iterable[bytes]:
        """The state, its history and its copies, the files of the CLI's home, and what a person is shown."""
        files = [path for top in (self._backend, self._home) for path in sorted(top.rglob("*")) if path.is_file()]
        shown = [self._run("stack", "export"), self._run("stack", "output", "--json"), self._run("stack", "history")]
        return [*(path.read_bytes() for path in files), *(one.text.encode() for one in shown)]

    def _point_to_plugins(self) -> None:
        """Name the providers of these tests in the project, so that the CLI downloads none."""
        providers = [{"name": name, "path": str(path)} for name, path in self._place.plugins.items()]
        project = self._root / "Pulumi.yaml"
        project.write_text(f"{project.read_text()}{yaml_text({'plugins': {'providers': providers}})}")
        # The project's own, with the program's packages; its code is this repository's.
        (self._root / ".venv").symlink_to(sys.prefix)

    def _run(self, *words: str, needed: bool = False) -> Outcome:
        stack = [] if words[:2] == ("stack", "init") else [f"--stack={self._place.stack}"]
        ended = subprocess.run(
            ["pulumi", *words, *stack, *_LOOK],
            cwd=self._root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if needed else subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert not needed or ended.returncode == 0, f"{ended.stdout}{ended.stderr}"
        return Outcome(ok=ended.returncode == 0, text=ended.stdout)

    def _environment(self) -> Mapping[str, str]:
        shells = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AWS_"))}
        return {
            **shells,
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(self._home),
            "PULUMI_BACKEND_URL": f"file://{self._backend}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # A provider that is missing is an error, and not a download.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
