"""One question to a cluster: what kubectl says, also where it could answer a part of it only."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.refusal import cluster_refusal

_FORBIDDEN = re.compile(r"^Error from server \(Forbidden\): ([a-z]+)", re.MULTILINE)
_SERVED_ANYWAY = re.compile(r"^(Error from server|The |Warning)")


@dataclass(frozen=True)
class Answer:
    """What kubectl printed. ``complaints`` are the lines of its standard error, without warnings."""

    text: str
    complaints: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[Mapping[str, Any], ...]:
        """The objects in it, whether one, several one after the other, or a list of them."""
        decoder, rest = json.JSONDecoder(), self.text.strip()
        found: list[Mapping[str, Any]] = []
        while rest:
            value, end = decoder.raw_decode(rest)
            found += value["items"] if str(value.get("kind")).endswith("List") else [value]
            rest = rest[end:].lstrip()
        return tuple(found)

    @property
    def forbidden(self) -> frozenset[str]:
        """The types (``storageclasses``) that this account may not read."""
        return frozenset(_FORBIDDEN.findall("\n".join(self.complaints)))


def ask(kubectl: Kubectl, *words: str, stdin: str | None = None) -> Answer:
    """Run kubectl and take what it says, complaints included.

    A cluster that does not answer, and credentials that it does not take, are errors of input: everything else that is
    wrong is the caller's to judge.
    """
    command = [str(word) for word in kubectl.command(*words)]
    ended = subprocess.run(  # noqa: S603 - a list, no shell
        command, input=stdin, capture_output=True, text=True, check=False
    )
    complaints = tuple(line for line in ended.stderr.splitlines() if line.strip() and not line.startswith("Warning"))
    if ended.returncode != 0 and not any(_SERVED_ANYWAY.match(line) for line in complaints):
        refused = cluster_refusal(kubectl.context, ended.stderr)
        if refused is not None:
            raise refused
    return Answer(ended.stdout, complaints)
