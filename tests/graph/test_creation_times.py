"""Every type has a time, every time has a source, and inputs count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.graph.creation_times import creation_time
from portal.graph.provider import Provider
from portal.graph.providers.aws import PROVIDER as AWS
from portal.graph.providers.kubernetes import PROVIDER as KUBERNETES
from tests.support.aws_graphs import STACKS as AWS_STACKS
from tests.support.aws_graphs import recorded_file
from tests.support.checkouts import STACKS
from tests.support.graphs import acme_graph
from tests.support.imports import imports, reachable

# Kinds that Pulumi waits for, unless an object says that it must not.
AWAITED = {
    *("apps/v1:DaemonSet", "apps/v1:Deployment", "apps/v1:StatefulSet", "batch/v1:Job", "core/v1:Pod"),
    *("core/v1:ReplicationController", "core/v1:Service", "networking.k8s.io/v1:Ingress"),
}


def test_every_type_of_aws_has_a_time_or_is_known_to_be_quick() -> None:
    """A new type is added in portal/aws/creation_times.py."""
    assert {*AWS.times.slow, *AWS.times.quick} == AWS.computed.keys()
    assert AWS.times.quick.isdisjoint(AWS.times.slow)


@pytest.mark.parametrize("stack", [*STACKS, "prod on aws"])
def test_every_kind_that_is_waited_for_has_a_time(stack: str) -> None:
    found = acme_graph(stack) if stack in STACKS else recorded_file(AWS_STACKS / "prod.yaml", preview=True)
    awaited = [one for one in found.objects() if one.type.removeprefix("kubernetes:") in AWAITED]
    assert awaited
    for one in awaited:
        annotations = one.inputs["metadata"].get("annotations", {})
        assert one.type in KUBERNETES.times.slow or annotations.get("pulumi.com/skipAwait") == "true", one.name


@pytest.mark.parametrize("provider", [AWS, KUBERNETES])
def test_every_time_says_where_it_is_from(provider: Provider) -> None:
    times = provider.times
    for one in [*(time for found in times.slow.values() for time in found), times.other]:
        prefix = {"published": "https://", "measured": "docs/", "assumed": ""}[one.basis]
        assert one.source.startswith(prefix)
    for found in times.slow.values():
        # The last one is for all resources that the others do not fit.
        assert [bool(time.given) for time in found] == [True] * (len(found) - 1) + [False]


def test_inputs_decide_how_long_a_resource_takes() -> None:
    found = {one.name: one for one in recorded_file(AWS_STACKS / "prod.yaml", preview=True)}
    database, server = found["portal-prod-database-server"], found["backstage-server"]
    one_zone = replace(database, inputs={**database.inputs, "multiAz": False})
    assert creation_time(one_zone).seconds < creation_time(database).seconds
    spec = {key: value for key, value in server.inputs["spec"].items() if key != "minReadySeconds"}
    at_once = replace(server, inputs={**server.inputs, "spec": spec})
    assert creation_time(server).seconds - creation_time(at_once).seconds == server.inputs["spec"]["minReadySeconds"]
    unawaited = {**server.inputs, "metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}
    assert creation_time(replace(server, inputs=unawaited)) == KUBERNETES.times.other


def test_times_of_aws_are_read_for_resources_of_aws_only() -> None:
    for module in ("portal.graph.critical_path", "portal.graph.providers.kubernetes", "portal.command.verbs.graph"):
        assert not {"portal.aws.creation_times", "portal.graph.providers.aws"} & reachable(imports(), module)
