"""kubectl with an explicit context, never the current one: to apply objects, stream logs, and forward ports.

It is not used to read objects: `api` does that. The one exception is an `up` in which nothing changed (docs/adr/0019).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from portal.base.process import output
from portal.kubernetes.api import ClusterApi


@dataclass(frozen=True)
class Kubectl:
    """kubectl with an explicit context. Default for ``kubeconfig``: the user's own file.

    ``state`` is the folder for kubectl's discovery cache, so that nothing is written to the user's home.
    """

    program: Path
    context: str
    kubeconfig: Path | None
    state: Path

    @cached_property
    def api(self) -> ClusterApi:
        """The API client for the same cluster."""
        return ClusterApi(self.context, self.kubeconfig)

    def command(self, *words: str | Path, patience: int = 10) -> list[str | Path]:
        """A command line. ``patience`` limits each request, in seconds. 0 means no limit, for streaming or waiting."""
        file = [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig is not None else []
        own = [f"--context={self.context}", f"--cache-dir={self.state / 'kubectl'}", f"--request-timeout={patience}s"]
        return [self.program, *file, *own, *words]

    def read(self, *words: str, patience: int = 10) -> dict[str, Any]:
        """Run ``kubectl get`` and return its JSON."""
        return json.loads(output(self.command("get", *words, "--output=json", patience=patience)))

    def fields(
        self, *words: str, of: Sequence[str], stdin: str | None = None, patience: int = 10
    ) -> list[tuple[str, ...]]:
        """Run a command that prints objects, and return these fields of each, such as ``.metadata.name``.

        kubectl prints nothing else, so that values of Secrets reach neither this process nor a file of it. A field that
        an object does not have is empty.
        """
        row = "\t".join(f"{{{{with {field}}}}}{{{{.}}}}{{{{end}}}}" for field in of) + "\n"
        # An object alone is no list, and an empty list is no object.
        template = (
            f'{{{{if .items}}}}{{{{range .items}}}}{row}{{{{end}}}}{{{{else if ne .kind "List"}}}}{row}{{{{end}}}}'
        )
        printed = output(self.command(*words, f"--output=go-template={template}", patience=patience), stdin=stdin)
        return [tuple(line.split("\t")) for line in printed.splitlines()]
