"""kubectl with an explicit context, never the current one: it applies, streams logs and forwards ports.

Questions are asked through `api`, but for one: what `up` asks of a stack in which nothing changed (docs/adr/0019).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from portal.base.process import output
from portal.kubernetes.api import ClusterApi


@dataclass(frozen=True)
class Kubectl:
    """kubectl with an explicit context. ``kubeconfig`` absent: the user's own file.

    ``state`` is the folder that its discovery cache lies in: the user's home is not ours to fill.
    """

    program: Path
    context: str
    kubeconfig: Path | None
    state: Path

    @cached_property
    def api(self) -> ClusterApi:
        """The same cluster, to be asked."""
        return ClusterApi(self.context, self.kubeconfig)

    def command(self, *words: str | Path, patience: int = 10) -> list[str | Path]:
        """A command line. ``patience`` is in seconds, for each request; 0 is without end: what streams or waits."""
        file = [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig is not None else []
        own = [f"--context={self.context}", f"--cache-dir={self.state / 'kubectl'}", f"--request-timeout={patience}s"]
        return [self.program, *file, *own, *words]

    def read(self, *words: str, patience: int = 10) -> dict[str, Any]:
        """What ``get`` answers, as JSON."""
        return json.loads(output(self.command("get", *words, "--output=json", patience=patience)))
