"""An ``up`` with Pulumi of what was deployed before leaves the program to the CLI, which runs it anyway."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.deploy.cluster import RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import AcceptedBefore, DeployEngine
from portal.deploy.last_apply import Versions, last_apply, write_last_apply
from portal.deploy.pulumi_cli import PulumiCli, local_stack_environment
from portal.deploy.pulumi_engine import LocalPulumi
from portal.deploy.steps.compare import Compare
from portal.deploy.steps.preflight import Preflight
from portal.deploy.steps.read_program import ReadProgram
from portal.graph.model import Graph
from portal.kubernetes.kubectl import Kubectl
from portal.preflight.preflight_record import PreflightRecord, accept
from tests.support.deployments import deployment_of
from tests.support.fake_api import CONTEXT, FakeApi, fake_api, recorded, write_kubeconfig
from tests.support.fitting_cluster import LABELS, UID, say_namespace


@pytest.fixture
def fake() -> Generator[FakeApi]:
    """The cluster that the stack was deployed to."""
    with fake_api() as running:
        running.says("GET", "/api/v1/namespaces/kube-system", recorded("namespace"))
        say_namespace(running, "portal")
        yield running


@pytest.fixture
def deployment(checkout: Checkout, fake: FakeApi, tmp_path: Path) -> Deployment:
    """Of a stack that was deployed before, with the same input."""
    found = deployment_of(checkout)
    kubeconfig = write_kubeconfig(tmp_path, fake.url, {})
    found.give(RunningCluster(Kubectl(Path("kubectl"), CONTEXT, kubeconfig, checkout.state), {}))
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\necho '[]'\n")
    program.chmod(0o755)
    found.give(LocalPulumi(PulumiCli(program, checkout, "local", local_stack_environment(checkout, "local"))))
    accept(checkout, "local", PreflightRecord(UID, "objects", None))
    write_last_apply(checkout, "local", Versions())
    return found


def is_read(deployment: Deployment) -> bool:
    Compare().run(deployment)
    return deployment.find(AcceptedBefore) is None


def test_what_was_deployed_before_is_read_by_the_cli_alone(deployment: Deployment) -> None:
    assert not is_read(deployment)
    for step in (ReadProgram(), Preflight()):
        step.run(deployment)
    assert deployment.find(Graph) is None


def test_another_input_is_read(deployment: Deployment) -> None:
    file = deployment.checkout.portal_file
    file.write_text(f"{file.read_text()}\ntitle: Another\n")
    assert is_read(deployment)


def test_another_cluster_is_looked_at(deployment: Deployment) -> None:
    accept(deployment.checkout, "local", PreflightRecord("another", "objects", None))
    assert is_read(deployment)


@pytest.mark.parametrize("labels", [{}, {**LABELS, "app.kubernetes.io/instance": "other"}])
def test_a_namespace_of_somebody_else_is_looked_at(
    labels: dict[str, str], deployment: Deployment, fake: FakeApi
) -> None:
    say_namespace(fake, "portal", labels)
    assert is_read(deployment)


def test_a_namespace_that_goes_is_looked_at(deployment: Deployment, fake: FakeApi) -> None:
    answer = recorded("namespace")
    going = {"kind": "Namespace", "metadata": {"name": "portal", "labels": LABELS}, "status": {"phase": "Terminating"}}
    fake.says("GET", "/api/v1/namespaces/portal", replace(answer, body=going))
    assert is_read(deployment)


def test_a_deployment_that_fails_is_not_remembered(deployment: Deployment) -> None:
    engine = deployment.get(DeployEngine)
    assert isinstance(engine, LocalPulumi)
    deployment.checkout.last_apply_file("local").unlink()
    engine.cli.program.write_text('#!/bin/sh\ncase "$1" in up) exit 1 ;; esac\necho "[]"\n')
    with pytest.raises(Exception, match="exit code 1"):
        engine.deploy(deployment)
    assert last_apply(deployment.checkout, "local") is None
    engine.cli.program.write_text('#!/bin/sh\necho "[]"\n')
    engine.deploy(deployment)
    assert last_apply(deployment.checkout, "local") == {}
