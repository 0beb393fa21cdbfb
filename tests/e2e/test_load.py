"""Two replicas under a steady load: nobody notices a changed title, nor a pod that is deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.clusters.node.layout import NODE_ADDRESS
from portal.process import output
from portal.smoke import fetch
from tests.e2e.another_stack import another_stack, write_settings
from tests.e2e.conftest import Workplace
from tests.e2e.load import steady_load

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

NODE_PORT = 30717
REQUESTS = 10_000
PER_SECOND = 100
# The page, a file of it, and an answer that comes out of the database.
PATHS = ("/", "/.backstage/health/v1/readiness", "/api/auth/.well-known/jwks.json")


def test_no_request_is_lost_while_the_title_changes_and_a_pod_is_deleted(
    workplace: Workplace, measure: Measure
) -> None:
    """Every request on a connection of its own, to the node port, which shares them out between the replicas."""
    workplace.require(cluster="node", why="the load goes to its address")
    url = f"http://localhost:{NODE_PORT}"
    settings = {"namespace": "load", "replicas": 2, "service": {"nodePort": NODE_PORT}}
    with another_stack(workplace, "load", url, settings):
        workplace.portal("up", "--stack", "load")
        with steady_load((NODE_ADDRESS, NODE_PORT), f"localhost:{NODE_PORT}", PATHS, PER_SECOND) as load:
            load.await_requests(REQUESTS // 10)
            before = pods(workplace)
            write_settings(workplace, "load", url, {**settings, "title": "Under load"})
            workplace.portal("up", "--stack", "load")
            rolled = pods(workplace)
            assert rolled.isdisjoint(before), "the title has to roll every pod"
            victim = min(rolled)
            output(workplace.kubectl.command("delete", "pod", victim, "--namespace=load", "--wait=false"))
            rollout = ("rollout", "status", "deployment/backstage", "--namespace=load")
            output(workplace.kubectl.command(*rollout, patience=0))
            assert victim not in pods(workplace), "the pod has to be gone"
            load.await_requests(REQUESTS)
        assert "Under load" in fetch(url).body
    measure("load: requests", load.outcomes.total())
    measure("load: requests that failed", sum(load.failures.values()))
    measure("load: slowest answer, seconds", load.slowest)
    assert load.failures == {}


def pods(workplace: Workplace) -> set[str]:
    """The names of the portal's living pods."""
    selector = "--selector=app.kubernetes.io/component=backstage"
    found = workplace.kubectl.read("pods", "--namespace=load", selector)["items"]
    return {str(pod["metadata"]["name"]) for pod in found if "deletionTimestamp" not in pod["metadata"]}
