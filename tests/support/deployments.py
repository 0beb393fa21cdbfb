"""Deployments for tests: of a checkout's stack, and clusters and engines that write down what is asked of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from portal.base.checkout import Checkout
from portal.base.progress import PlainProgress, Progress
from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes, DeployEngine
from portal.deploy.options import UpOptions
from portal.deploy.step import Step, Steps, Together
from portal.graph.model import Graph
from portal.kubernetes.kubectl import Kubectl
from portal.plan import load_plan
from portal.release.images import Images
from portal.stackfile.read import read_stack_file

UNCHANGED = Changes((), (), (), 7)


def deployment_of(
    checkout: Checkout,
    stack: str = "local",
    *,
    progress: Progress | None = None,
    engine: str | None = None,
    cluster: str | None = None,
) -> Deployment:
    """A deployment of a stack that has not begun. Its progress is silent, where the test does not listen."""
    return Deployment(
        checkout=checkout,
        plan=load_plan(checkout, stack),
        file=read_stack_file(checkout, stack),
        options=UpOptions(stack, engine=engine, cluster=cluster),
        progress=progress or PlainProgress(io.StringIO()),
    )


class Do(Step):
    """A step of a test's own."""

    def __init__(self, name: str, work: Callable[[Deployment], object], title: str | None = None) -> None:
        self.name, self.title, self._work = name, title, work

    def run(self, deployment: Deployment) -> None:
        self._work(deployment)


def gives(name: str, result: object) -> Step:
    """A step that does nothing but give a result."""
    return Do(name, lambda deployment: deployment.give(result))


def replaced(steps: Steps, others: Mapping[str, Step]) -> Steps:
    """A list with some of its steps replaced, by their names."""
    missing = set(others)

    def other(step: Step) -> Step:
        missing.discard(step.name)
        return others.get(step.name, step)

    found = tuple(Together(*map(other, e.steps)) if isinstance(e, Together) else other(e) for e in steps)
    assert not missing, f"the list has no steps {missing}"
    return found


@dataclass(frozen=True)
class WrittenDown(LocalCluster):
    """A cluster that writes down what is asked of it, and does nothing."""

    id: ClassVar[str] = "written-down"

    checkout: Checkout
    asked: list[str] = field(default_factory=list[str])

    def prepare(self, progress: Progress) -> None:
        self.asked.append("prepare")

    def start(self, progress: Progress) -> RunningCluster:
        self.asked.append("start")
        return RunningCluster(self.kubectl(), {"portal:service": {"nodePort": 30707}})

    def load(self, images: Images, progress: Progress) -> None:
        self.asked.append(f"load {images.portal.name}")

    def open(self, namespace: str, service: str) -> None:
        self.asked.append(f"open {service} in {namespace}")

    def stop(self, progress: Progress) -> None:
        self.asked.append("stop")

    def delete(self, progress: Progress) -> None:
        self.asked.append("delete")

    def running(self) -> bool:
        return True

    def kubectl(self) -> Kubectl:
        return Kubectl(Path("kubectl"), "written-down", None, self.checkout.state)


class Elsewhere(WrittenDown):
    """The same, but not ours."""

    ours: ClassVar[bool] = False


@dataclass(frozen=True)
class EngineOfATest(DeployEngine):
    """An engine that writes down what it deploys. ``unchanged`` is what it answers before."""

    name: ClassVar[str] = "test"
    replaces: ClassVar[bool] = False
    remark: ClassVar[str | None] = "By a test."

    unchanged: Changes | None = None
    asked: list[str] = field(default_factory=list[str])

    def settled(self, deployment: Deployment) -> Changes | None:
        return self.unchanged

    def look(self, deployment: Deployment) -> None:
        self.asked.append("look")

    def deploy(self, deployment: Deployment) -> Changes:
        self.asked.append(f"deploy {len(deployment.get(Graph).resources)} resources")
        return Changes(("service/backstage",), (), (), 0)

    def remove(self) -> None:
        self.asked.append("remove")

    def forget(self) -> None:
        self.asked.append("forget")
