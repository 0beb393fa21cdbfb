"""The list for local stacks, with a cluster and an engine that write down what is asked of them."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes
from portal.deploy.run_steps import names_of, run_steps
from portal.deploy.stack_record import StackRecord, stack_record
from portal.deploy.step import Step, Steps
from portal.deploy.up import LOCAL
from portal.graph.model import Graph
from portal.release.images import built_images, unbuilt_images
from tests.support.checkouts import pretend_built
from tests.support.deployments import UNCHANGED, Do, EngineOfATest, WrittenDown, deployment_of, gives, replaced


def local_steps(cluster: WrittenDown, engine: EngineOfATest) -> Steps:
    """The list with what would need a cluster, an image and a portal replaced."""
    return replaced(
        LOCAL,
        {
            "choose-cluster": gives("choose-cluster", cluster),
            "choose-engine": gives("choose-engine", engine),
            "build": Do(
                "build", lambda deployment: deployment.give(built_images(deployment.checkout) or unbuilt_images())
            ),
            "ask-first": Do("ask-first", lambda _: cluster.asked.append("ask first")),
            "preflight": Do("preflight", lambda _: engine.asked.append("preflight")),
            "smoke-test": Do("smoke-test", lambda _: cluster.asked.append("ask")),
        },
    )


def test_a_cluster_is_started_loaded_and_opened_and_the_graph_is_deployed(checkout: Checkout) -> None:
    pretend_built(checkout)
    cluster, engine, deployment = WrittenDown(checkout), EngineOfATest(), deployment_of(checkout)
    times = run_steps(local_steps(cluster, engine), deployment)
    asked = ["prepare", "ask first", "start", "load localhost/portal", "open backstage in portal", "ask"]
    assert cluster.asked == asked
    resources = len(deployment.get(Graph).resources)
    assert engine.asked == ["look", "preflight", f"deploy {resources} resources"]
    assert resources > 10
    assert deployment.get(Changes).created == ("service/backstage",)
    assert [took.name for took in times] == list(names_of(LOCAL))


def test_where_there_is_nothing_to_do_the_program_is_not_read(checkout: Checkout) -> None:
    cluster, engine, deployment = WrittenDown(checkout), EngineOfATest(UNCHANGED), deployment_of(checkout)
    steps = replaced(local_steps(cluster, engine), {"preflight": step_of_local("preflight")})
    run_steps(steps, deployment)
    assert engine.asked == []
    assert deployment.find(Graph) is None
    assert deployment.get(Changes) is UNCHANGED
    assert cluster.asked[-2:] == ["open backstage in portal", "ask"]


def test_what_down_needs_is_written_down_before_anything_is_applied(checkout: Checkout) -> None:
    pretend_built(checkout)

    class Fails(EngineOfATest):
        def deploy(self, deployment: Deployment) -> Changes:
            raise PortalError("half of it")

    with pytest.raises(PortalError, match="half of it"):
        run_steps(local_steps(WrittenDown(checkout), Fails()), deployment_of(checkout))
    assert stack_record(checkout, "local") == StackRecord("test", "written-down")
    assert "nodePort: 30707" in checkout.generated_stack_file("local").read_text()


def test_what_does_not_fit_is_not_applied(checkout: Checkout) -> None:
    pretend_built(checkout)

    def refuse(_: object) -> None:
        raise PortalError("it does not fit")

    engine = EngineOfATest()
    steps = replaced(local_steps(WrittenDown(checkout), engine), {"preflight": Do("preflight", refuse)})
    with pytest.raises(PortalError, match="does not fit"):
        run_steps(steps, deployment_of(checkout))
    assert not [said for said in engine.asked if said.startswith("deploy")]


def test_a_step_more_is_a_class_and_a_line_in_the_list(checkout: Checkout) -> None:
    """A backup before each deployment, say: it takes what is there, gives what it made, and is timed."""
    pretend_built(checkout)

    class Backup(Step):
        name = "backup"

        def run(self, deployment: Deployment) -> None:
            deployment.give(f"{deployment.plan.stack}.dump of {len(deployment.get(Graph).resources)} resources")

    cluster, engine, deployment = WrittenDown(checkout), EngineOfATest(), deployment_of(checkout)
    steps = list(local_steps(cluster, engine))
    steps.insert([next(names_of([entry])) for entry in steps].index("deploy"), Backup())
    times = run_steps(steps, deployment)
    assert deployment.get(str).startswith("local.dump of ")
    names = [took.name for took in times]
    assert names.index("preflight") < names.index("backup") < names.index("deploy")


def step_of_local(name: str) -> Step:
    """One step of the list, as it is."""
    return next(entry for entry in LOCAL if isinstance(entry, Step) and entry.name == name)
