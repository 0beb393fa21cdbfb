"""A pod of a command: it ends with the command, or by itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from portal.base.errors import PortalError
from portal.base.process import output
from portal.contract import COMPONENT_LABEL, INSTANCE_LABEL
from portal.kubernetes.api import ClusterApi, Object
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.failure import FailureWatch, containers, ended, last_words
from portal.kubernetes.kubectl import Kubectl

# Whatever ends the command, its pod does not outlive this.
LIMIT_SECONDS = 3600
START_SECONDS = 120.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class CommandPod:
    """A pod that runs, and the container in it that the command talks to."""

    kubectl: Kubectl
    namespace: str
    name: str
    container: ClassVar[str]

    def run(self, *words: str, stdin: str | None = None) -> str:
        """What a program prints in the pod. PortalError with the last thing that it said on its standard error."""
        return output(self.command(*words, stdin=stdin is not None), stdin=stdin)

    def read(self) -> Object:
        """The pod as the cluster has it."""
        return self.kubectl.api.get(named(collection_path("v1", "pods", self.namespace), self.name))

    def command(self, *words: str, stdin: bool = False) -> list[Any]:
        """The command of this machine that runs a program in the pod."""
        place = ("exec", f"--namespace={self.namespace}", self.name, f"--container={self.container}")
        return self.kubectl.command(*place, *(["--stdin"] if stdin else []), "--", *words, patience=0)


_Pod = TypeVar("_Pod", bound=CommandPod)


@contextmanager
def running_pod(
    kind: type[_Pod], kubectl: Kubectl, namespace: str, prefix: str, labels: Mapping[str, str], spec: Mapping[str, Any]
) -> Generator[_Pod]:
    """A pod whose container runs. It is deleted in the end. ``labels`` name the stack and the component."""
    api, pods = kubectl.api, collection_path("v1", "pods", namespace)
    name = f"{prefix}-{secrets.token_hex(3)}"
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels)}
    more = {"restartPolicy": "Never", "activeDeadlineSeconds": LIMIT_SECONDS, "terminationGracePeriodSeconds": 0}
    _delete_abandoned(api, pods, prefix, labels)
    api.create(pods, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**spec, **more}})
    try:
        pod = kind(kubectl, namespace, name)
        await_container(pod, pod.container, "running", START_SECONDS)
        yield pod
    finally:
        api.delete(named(pods, name))


def await_container(pod: CommandPod, name: str, state: str, limit: float) -> None:
    """Wait until a container of the pod is ``running`` or ``ready``. PortalError with the cause if it will not be."""
    deadline, watch = time.monotonic() + limit, FailureWatch()
    while True:
        item = pod.read()
        found = _status(item, name)
        if found.get("ready") if state == "ready" else "running" in found.get("state", {}):
            return
        if "terminated" in found.get("state", {}):
            words = last_words(item) or f"exit code {found['state']['terminated'].get('exitCode')}"
            raise PortalError(f"container {name} of pod {pod.name} ended: {words}")
        failure = watch.find([item], time.monotonic())
        if failure is not None:
            raise PortalError(failure.reason)
        if item.get("status", {}).get("phase") == "Failed":
            raise PortalError(f"pod {pod.name} ended: {item['status'].get('message') or item['status'].get('reason')}")
        if time.monotonic() > deadline:
            raise PortalError(f"container {name} of pod {pod.name} is not {state} within {limit:.0f} s")
        time.sleep(POLL_SECONDS)


def _status(pod: Object, name: str) -> Mapping[str, Any]:
    none: Mapping[str, Any] = {}
    return next((one for one in containers(pod) if one["name"] == name), none)


def _delete_abandoned(api: ClusterApi, pods: str, prefix: str, labels: Mapping[str, str]) -> None:
    """Delete what commands that were killed left behind, once it has ended by itself."""
    selector = ",".join(f"{name}={labels[name]}" for name in (INSTANCE_LABEL, COMPONENT_LABEL))
    for item in api.list(pods, labels=selector):
        if str(item["metadata"]["name"]).startswith(f"{prefix}-") and ended(item):
            api.delete(named(pods, str(item["metadata"]["name"])))
