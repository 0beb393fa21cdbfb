"""What the API server itself would refuse: schemas, webhooks, Pod Security, limits. Asked as a dry run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.base.errors import InputError
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath
from portal.kubernetes.kubectl import Kubectl
from portal.preflight.ask import ask
from portal.preflight.requirements import GraphRequirements, Object, Workload

_ERROR = re.compile(r"^(?:Error from server(?: \(\w+\))?|error): (?:error when \w+ \"\S*\": )?(.*)")
_INVALID = re.compile(r"^The \w+ \"\S+\" is invalid")
# In the words of https://github.com/kubernetes/kubernetes pkg/apis/*/validation.
_IN_PLACE = re.compile(
    r"^The (?!PersistentVolumeClaim)\w+ \"\S+\" is invalid: .*"
    r"(immutable|updates to statefulset spec|may not change once set|cannot change roleRef)"
)
_NO_RIGHT = re.compile(r"cannot \w+ resource \"")


@dataclass(frozen=True)
class Refusal:
    """One refusal, in the API server's words."""

    message: str

    @property
    def of_a_change_in_place(self) -> bool:
        """Whether the object could be made anew instead. Not so a volume claim: its data would be gone."""
        return _IN_PLACE.match(self.message) is not None


def dry_run(
    kubectl: Kubectl, needs: GraphRequirements, served: Mapping[str, frozenset[str]], *, namespace_exists: bool
) -> tuple[Refusal, ...]:
    """Send everything as a dry run. Where the namespace is not there yet, only what is in none can be sent.

    Pods are sent as well, as their Deployments would make them: those are what Pod Security and limits look at.
    """
    objects = [
        item for item in needs.objects if item["apiVersion"] not in served or item["kind"] in served[item["apiVersion"]]
    ]
    if namespace_exists:
        objects += [_pod(needs.namespace, workload) for workload in needs.workloads]
    else:
        objects = [item for item in objects if "namespace" not in item["metadata"]]
    if not objects:
        return ()
    # A graph that was recorded without its secrets has a word in place of each.
    empty: Object = {}
    sent = [item if is_mapping(item.get("stringData", empty)) else {**item, "stringData": empty} for item in objects]
    answer = ask(
        kubectl,
        *("apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager=portal"),
        *("--filename=-", "--output=name"),
        stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": sent}),
    )
    return refusals(answer.complaints)


def refusals(complaints: Sequence[str]) -> tuple[Refusal, ...]:
    """The refusals among kubectl's complaints; each once. Missing rights are found, and told, by kind."""
    found: list[str] = []
    for line in complaints:
        error = _ERROR.match(line)
        if error is not None:
            found.append(error.group(1))
        elif _INVALID.match(line):
            found.append(line)
        elif found:
            found[-1] = f"{found[-1]} {line.strip()}"
    return tuple(Refusal(message) for message in dict.fromkeys(found) if not _NO_RIGHT.search(message))


def check_admission(found: Sequence[Refusal], where: Callable[[KeyPath], str]) -> Iterator[InputError]:
    """One sentence for each refusal."""
    for refusal in found:
        yield InputError(
            where=where(("cluster",)),
            key="portal:cluster",
            got=f"a cluster that would refuse what the stack has ({refusal.message})",
            allowed="a cluster that admits it",
            fix="change what it names, or ask whoever made the cluster's rule",
        )


def _pod(namespace: str, workload: Workload) -> dict[str, Any]:
    """The pod of a workload. Its account is not there yet at the first `up`, and nothing here depends on it."""
    metadata: Object = workload.template.get("metadata", {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "name": f"{workload.name}-preflight", "namespace": namespace},
        "spec": {key: value for key, value in workload.pod.items() if key != "serviceAccountName"},
    }
