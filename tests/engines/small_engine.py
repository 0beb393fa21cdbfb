"""An engine that is just large enough for these tests. It shows, where Pulumi's CLI cannot be had, what they expect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from portal.stackfile.passphrase import PassphraseCrypter
from portal.stackfile.read import read_stack_file
from tests.engines.engine import Outcome
from tests.engines.monitor import served
from tests.engines.place import PASSPHRASE, Place
from tests.engines.state import State
from tests.engines.steps import RefusedStepError, Steps
from tests.support.checkouts import ROOT


class SmallEngine:
    """Runs the program of a place, and asks its providers. Its state is a file."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._said: list[str] = []
        file = read_stack_file(place.checkout, place.stack)
        self._crypter = PassphraseCrypter.open(file.require_salt(""), PASSPHRASE, file.document.name)
        self._state_file = place.checkout.root.parent / "state.json"
        self._state().save()

    def preview(self) -> Outcome:
        return self._run(preview=True, expect_no_changes=False)

    def up(self, *, skip_preview: bool = False, expect_no_changes: bool = False) -> Outcome:
        shown = None if skip_preview else self._run(preview=True, expect_no_changes=expect_no_changes)
        if shown is not None and not shown.ok:
            return shown
        return self._run(preview=False, expect_no_changes=expect_no_changes)

    def destroy(self, *, exclude_protected: bool = False) -> Outcome:
        return self._with_steps(lambda steps, _: steps.destroy(exclude_protected=exclude_protected), preview=False)

    def unprotect(self) -> Outcome:
        state = self._state()
        for one in state.resources.values():
            one["protect"] = False
        state.save()
        return Outcome(ok=True, text="")

    def resources(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = json.loads(self._state_file.read_text())["deployment"]["resources"]
        return found

    def kept(self) -> Iterable[bytes]:
        return [self._state_file.read_bytes(), *(line.encode() for line in self._said)]

    def _state(self) -> State:
        state = State(self._state_file, self._crypter)
        state.load()
        return state

    def _run(self, *, preview: bool, expect_no_changes: bool) -> Outcome:
        def run(steps: Steps, lines: list[str]) -> None:
            with served(steps, lines) as address:
                lines.append(self._program(address, preview=preview))
            if lines[-1]:
                raise RefusedStepError(lines[-1])
            steps.finish()
            if expect_no_changes and steps.changed:
                raise RefusedStepError("\n".join(("it changes:", *steps.changed)))

        return self._with_steps(run, preview=preview)

    def _with_steps(self, work: Callable[[Steps, list[str]], None], *, preview: bool) -> Outcome:
        lines: list[str] = []
        steps = Steps(self._place.stack, self._state(), self._place.plugins, preview=preview)
        try:
            work(steps, lines)
        except RefusedStepError as error:
            steps.refusals.append(str(error))
        finally:
            steps.end()
            if not preview:
                steps.save()
        text = "\n".join((*lines, *steps.refusals))
        self._said.append(text)
        return Outcome(ok=not steps.refusals, text=text)

    def _program(self, address: str, *, preview: bool) -> str:
        """Run the program. Returns why it failed, or nothing."""
        place = self._place
        file = read_stack_file(place.checkout, place.stack)
        config, secret_keys = file.config(self._crypter.decrypt)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PULUMI_CONFIG": json.dumps(config),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(secret_keys),
        }
        words = [sys.executable, "-P", "-m", "tests.engines.program", address, place.stack, str(preview).lower()]
        ended = subprocess.run(
            words, cwd=place.checkout.root, env=environment, capture_output=True, text=True, check=False
        )
        return ended.stderr or f"exit code {ended.returncode}" if ended.returncode else ""
