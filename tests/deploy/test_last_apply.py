"""An ``up`` of the kubectl engine may skip its work only where neither its input nor any object changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.deploy.cluster import RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes
from portal.deploy.kubectl_engine import KubectlEngine
from portal.deploy.last_apply import Versions, last_apply, write_last_apply
from portal.kubernetes.kubectl import Kubectl
from tests.support.deployments import deployment_of

LEFT = Versions({("Service", "portal", "backstage"): "1"})


@dataclass(frozen=True)
class OneObject(Kubectl):
    """A cluster with one object of a version; it counts how often it is asked."""

    version: list[str] = field(default_factory=lambda: ["1"])
    asked: list[str] = field(default_factory=list[str])

    def fields(
        self, *words: str, of: Sequence[str], stdin: str | None = None, patience: int = 10
    ) -> list[tuple[str, ...]]:
        self.asked.append(words[0])
        return [("Service", "portal", "backstage", self.version[0])]


@pytest.fixture
def kubectl(checkout: Checkout) -> OneObject:
    return OneObject(Path("kubectl"), "context", None, checkout.state)


@pytest.fixture
def deployment(checkout: Checkout, kubectl: OneObject) -> Deployment:
    found = deployment_of(checkout)
    found.give(RunningCluster(kubectl, {}))
    return found


def test_before_the_first_up_there_is_everything_to_do(deployment: Deployment, kubectl: OneObject) -> None:
    assert KubectlEngine().settled(deployment) is None
    assert kubectl.asked == []


def test_the_same_input_and_the_same_objects_are_nothing_to_do(checkout: Checkout, deployment: Deployment) -> None:
    write_last_apply(checkout, "local", LEFT)
    assert KubectlEngine().settled(deployment) == Changes((), (), (), 1)


def test_an_object_that_somebody_changed_is_looked_at(
    checkout: Checkout, deployment: Deployment, kubectl: OneObject
) -> None:
    write_last_apply(checkout, "local", LEFT)
    kubectl.version[0] = "2"
    assert KubectlEngine().settled(deployment) is None


def test_the_cluster_is_read_once(checkout: Checkout, deployment: Deployment, kubectl: OneObject) -> None:
    write_last_apply(checkout, "local", LEFT)
    kubectl.version[0] = "2"
    engine = KubectlEngine()
    engine.settled(deployment)
    engine.look(deployment)
    assert len(kubectl.asked) == 1
    assert deployment.get(Versions) == {("Service", "portal", "backstage"): "2"}


INPUTS = (
    "portal.yaml",
    "app/config-schema.json",
    "app/migrations.json",
    ".portal/stacks/Pulumi.local.yaml",
    ".portal/build/images.json",
    "__main__.py",
    "components/more.py",
)


@pytest.mark.parametrize("changed", INPUTS)
def test_any_changed_input_is_looked_at(checkout: Checkout, changed: str) -> None:
    write_last_apply(checkout, "local", LEFT)
    assert last_apply(checkout, "local") == LEFT
    file = checkout.root / changed
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        stream.write("\n# changed\n")
    assert last_apply(checkout, "local") is None
