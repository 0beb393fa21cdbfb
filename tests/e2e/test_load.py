"""Two replicas under a steady load: nobody notices a change or a deleted pod, and no secret shows anywhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portal.base.process import output
from portal.node.layout import NODE_ADDRESS
from portal.probe.smoke import fetch
from portal.stackfile.generated import opened_configuration, store_secret
from portal.stackfile.read import read_stack_file
from tests.e2e.another_stack import another_stack, write_settings
from tests.e2e.conftest import Workplace, await_that
from tests.e2e.derived_image import NAME, derive
from tests.e2e.load import steady_load
from tests.e2e.planted import holding, places
from tests.e2e.pods import all_pods, pods_that_stay
from tests.support.checkouts import ROOT

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

STACK = "load"
NODE_PORT = 30717
URL = f"http://localhost:{NODE_PORT}"
BACKSTAGE = "app.kubernetes.io/component=backstage"
REQUESTS = 10_000
PER_SECOND = 150
# The page, a file, and an answer that comes out of the database. Not the probe: it says 503 while a pod still serves.
PATHS = ("/", "/favicon.ico", "/api/auth/.well-known/jwks.json")
# With the generated ones (database, sessions, hashes) twenty.
PLANTED = [f"PLANTED_{number:02}" for number in range(17)]


@pytest.fixture(scope="module")
def began() -> float:
    """A moment before the stack had any secret, in seconds since the epoch."""
    return time.time()


@pytest.fixture(scope="module")
def settings(workplace: Workplace, measure: Measure, began: float) -> Generator[dict[str, Any]]:
    """Of a stack with two replicas and twenty secrets, up. Its node port shares requests out between the replicas."""
    workplace.require(cluster="node", why="the load goes to its address")
    assert began
    endpoints = {
        f"/planted-{name[-2:]}": {"target": "http://localhost:1", "headers": {"Authorization": {"$secret": name}}}
        for name in PLANTED
    }
    chosen: dict[str, Any] = {
        "namespace": STACK,
        "replicas": 5,
        "service": {"nodePort": NODE_PORT},
        "appConfig": {"proxy": {"endpoints": endpoints}},
    }
    with another_stack(workplace, STACK, URL, chosen):
        # As `portal secrets set` does, which another chapter runs: seventeen times it takes half a minute.
        committed = read_stack_file(workplace.checkout, STACK)
        for name in PLANTED:
            store_secret(workplace.checkout, committed, name, f"canary of {name}")
        measure("up: five replicas, empty database", workplace.portal("up", "--stack", STACK).seconds)
        assert len(pods(workplace)) == 5
        chosen["replicas"] = 2
        write_settings(workplace, STACK, URL, chosen)
        workplace.portal("up", "--stack", STACK)
        await_that(lambda: len(pods_that_end_too(workplace)) == 2, "two pods")
        yield chosen


@contextmanager
def nothing_is_lost(measure: Measure, what: str) -> Generator[None]:
    """A load of 10,000 requests, each on a connection of its own, so that none hides behind one that is kept."""
    with steady_load((NODE_ADDRESS, NODE_PORT), f"localhost:{NODE_PORT}", PATHS, PER_SECOND) as load:
        load.await_requests(REQUESTS // 10)
        yield
        load.await_requests(REQUESTS)
    measure(f"load, {what}: requests", load.outcomes.total())
    measure(f"load, {what}: requests that failed", sum(load.failures.values()))
    measure(f"load, {what}: slowest answer, seconds", load.slowest)
    assert load.failures == {}


def test_no_request_is_lost_while_the_title_changes(
    workplace: Workplace, settings: dict[str, Any], measure: Measure
) -> None:
    before = pods(workplace)
    settings["title"] = "Under load"
    with nothing_is_lost(measure, "another title"):
        write_settings(workplace, STACK, URL, settings)
        workplace.portal("up", "--stack", STACK)
        assert pods(workplace).isdisjoint(before), "the title has to roll every pod"
    # Not through kubectl's forwarded port: that leads to one pod, which may be gone.
    assert "Under load" in fetch(f"http://{NODE_ADDRESS}:{NODE_PORT}").body


def test_no_request_is_lost_while_the_release_changes(
    workplace: Workplace, settings: dict[str, Any], measure: Measure, tmp_path: Path
) -> None:
    before = pods(workplace)
    settings["image"] = f"{NAME}@{derive(workplace, tmp_path, {'app/another-release': 'one file more'})}"
    with nothing_is_lost(measure, "another release"):
        write_settings(workplace, STACK, URL, settings)
        workplace.portal("up", "--stack", STACK)
        assert pods(workplace).isdisjoint(before)
    found = pods_that_stay(workplace.kubectl, STACK, BACKSTAGE)
    assert {pod["spec"]["containers"][0]["image"] for pod in found} == {settings["image"]}


@pytest.mark.usefixtures("settings")
def test_no_request_is_lost_while_a_pod_is_deleted(workplace: Workplace, measure: Measure) -> None:
    with nothing_is_lost(measure, "a pod deleted"):
        victim = min(pods(workplace))
        deleted = time.monotonic()
        output(workplace.kubectl.command("delete", "pod", victim, f"--namespace={STACK}", "--wait=false"))
        # The pod that takes its place starts meanwhile, and needs longer on a slow machine: it is not what is measured.
        await_that(lambda: victim not in pods_that_end_too(workplace), "the pod has to be gone")
        stopped = time.monotonic() - deleted
        measure("stop of a pod that serves, seconds", stopped)
        # Killed at the end of its grace period, it would take 30 s: an open request for events would keep its server.
        assert stopped < 15
        rollout = ("rollout", "status", "deployment/backstage", f"--namespace={STACK}")
        output(workplace.kubectl.command(*rollout, patience=0))


def test_the_replicas_logs_are_one_in_the_order_of_time(workplace: Workplace, settings: dict[str, Any]) -> None:
    assert settings
    lines = workplace.portal("logs", "--stack", STACK, "--tail", "0").said.splitlines()
    heads = [line.split() for line in lines if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert {pod for _, pod, *_ in heads} == {name.rpartition("-")[2] for name in pods(workplace)}
    times = [head[0] for head in heads]
    assert times == sorted(times)


def test_twenty_secrets_show_nowhere(workplace: Workplace, settings: dict[str, Any], began: float) -> None:
    """In no log, object, event, process, rendered manifest, graph, golden file, nor anything written below .portal/."""
    assert settings
    checkout = workplace.checkout
    config, _ = opened_configuration(checkout, STACK)
    values: dict[str, str] = json.loads(config["portal:secrets"])
    assert len(values) == 20
    seen = places(workplace, namespace=STACK, stack=STACK, since=began)
    for path in (ROOT / "tests" / "golden").rglob("*.*"):
        seen[str(path)] = path.read_bytes()
    # The search finds what is no secret.
    assert {"portal render", "the cluster's objects"} <= set(holding([URL], seen.items()))
    assert holding(values.values(), seen.items()) == []


def pods(workplace: Workplace) -> set[str]:
    """The names of the portal's pods that stay."""
    return names(pods_that_stay(workplace.kubectl, STACK, BACKSTAGE))


def pods_that_end_too(workplace: Workplace) -> set[str]:
    """The names of all pods that are still there."""
    return names(all_pods(workplace.kubectl, STACK, BACKSTAGE))


def names(found: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of pods."""
    return {str(pod["metadata"]["name"]) for pod in found}
