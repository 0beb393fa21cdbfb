"""The half of each stack on AWS that is Kubernetes objects, judged by a real API server, which keeps none of it."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from portal.base.process import output
from portal.graph.manifests import manifest, pod_template
from portal.kubernetes.kubectl import Kubectl
from tests.e2e.auto_mode import auto_mode
from tests.e2e.conftest import Workplace
from tests.support.aws_graphs import STACKS, recorded_file

pytestmark = pytest.mark.e2e

PORTALS = ("dev", pytest.param("staging", marks=pytest.mark.variation), "prod")
# They are made for real: the API server refuses objects in a namespace that is not there, and pods without an account.
FIRST = ("Namespace", "ServiceAccount")
Object = dict[str, Any]
Spoil = Callable[[Any], object]


@dataclass(frozen=True)
class Judged:
    """How many objects were accepted, and what the API server said besides."""

    accepted: int
    said: str


@pytest.fixture(scope="module")
def kubectl(workplace: Workplace) -> Generator[Kubectl]:
    """A cluster with what Auto Mode brings."""
    with auto_mode(workplace.kubectl):
        yield workplace.kubectl


def objects_of(stack: str) -> list[Object]:
    """What a stack applies, with its Secrets empty. Recorded in a thread: see :func:`tests.e2e.conftest.graph_of`."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        graph = pool.submit(lambda: recorded_file(STACKS / f"{stack}.yaml", preview=False)).result()
    found = [copy.deepcopy(manifest(one)) for one in graph.objects()]
    for item in found:
        if item["kind"] == "Secret":
            item["stringData"] = {}
    return found


def judge(kubectl: Kubectl, items: Sequence[Object]) -> Judged:
    """Apply them as an engine does, but for that nothing is kept."""
    words = ("apply", "--server-side", "--force-conflicts", "--field-manager=judge", "--dry-run=server", "--filename=-")
    document = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)})
    command = kubectl.command(*words, patience=30)
    ended = subprocess.run(command, input=document, capture_output=True, text=True, check=False)
    return Judged(len(ended.stdout.splitlines()), ended.stderr)


def pods_of(items: Sequence[Object]) -> list[Object]:
    """A pod of each template. Pod Security only warns of a template, and refuses a pod."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**pod_template(item)["metadata"], **{key: item["metadata"][key] for key in _PLACE}},
            "spec": pod_template(item)["spec"],
        }
        for item in items
        if item["kind"] in {"Deployment", "Job", "StatefulSet", "CronJob"}
    ]


_PLACE = ("name", "namespace")


@pytest.fixture(scope="module", params=PORTALS)
def portal(request: pytest.FixtureRequest, kubectl: Kubectl) -> Generator[list[Object]]:
    """The objects of a stack, with its namespace made as it makes it, and the service accounts in it."""
    items = objects_of(request.param)
    first = [item for item in items if item["kind"] in FIRST]
    (namespace,) = [item for item in first if item["kind"] == "Namespace"]
    labels, name = namespace["metadata"]["labels"], namespace["metadata"]["name"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    try:
        for some in ([namespace], [item for item in first if item is not namespace]):
            document = json.dumps({"apiVersion": "v1", "kind": "List", "items": some})
            output(kubectl.command("apply", "--server-side", "--force-conflicts", "--filename=-"), stdin=document)
        yield items
    finally:
        output(kubectl.command("delete", "namespace", name, "--ignore-not-found", "--wait=false"))


def test_every_object_of_a_portal_is_accepted_without_a_warning(kubectl: Kubectl, portal: list[Object]) -> None:
    pods = pods_of(portal)
    assert len(pods) >= 4
    assert "TargetGroupBinding" in {item["kind"] for item in portal}
    assert judge(kubectl, [*portal, *pods]) == Judged(len(portal) + len(pods), "")


def test_every_object_of_the_foundation_is_accepted_without_a_warning(kubectl: Kubectl) -> None:
    items = objects_of("foundation")
    assert {"ClusterRole", "ClusterRoleBinding", "ConfigMap"} == {item["kind"] for item in items}
    assert judge(kubectl, items) == Judged(len(items), "")


def _backstage(pod: Any) -> Any:
    return pod["spec"]["containers"][0]


SPOILED: dict[str, tuple[str, Spoil, str]] = {
    "another kind of target": (
        "TargetGroupBinding",
        lambda one: one["spec"].update(targetType="instances"),
        "spec.targetType: Unsupported value",
    ),
    "a target group by its name": (
        "TargetGroupBinding",
        lambda one: one["spec"].update(targetGroupName="portal"),
        'unknown field "targetGroupName"',
    ),
    "a misspelled key": (
        "Deployment",
        lambda one: one["spec"].update(minReadySecond=30),
        'unknown field "minReadySecond"',
    ),
    "a port that is none": (
        "NetworkPolicy",
        lambda one: one["spec"].update(egress=[{"ports": [{"port": 70000}]}]),
        "must be between 1 and 65535",
    ),
    "a pod with rights": (
        "Pod",
        lambda one: _backstage(one)["securityContext"].update(allowPrivilegeEscalation=True),
        'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
    ),
    "a pod of root": ("Pod", lambda one: one["spec"]["securityContext"].update(runAsNonRoot=False), "runAsNonRoot"),
}


@pytest.mark.parametrize("portal", PORTALS[:1], indirect=True)
def test_what_is_spoiled_in_one_place_is_refused(kubectl: Kubectl, portal: list[Object]) -> None:
    candidates = [*portal, *pods_of(portal)]
    for name, (kind, spoil, reason) in SPOILED.items():
        item = copy.deepcopy(next(one for one in candidates if one["kind"] == kind))
        spoil(item)
        judged = judge(kubectl, [item])
        assert judged.accepted == 0, name
        assert reason in judged.said, (name, judged.said)
