"""The longest chain of creation: no chain is longer, and nothing is on it that need not be."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from portal.base.content_name import without_hash
from portal.base.creation_time import CreationTime
from portal.graph.critical_path import Chain, critical_path, waits_for
from portal.graph.model import Graph, Resource
from tests.components.aws import the
from tests.stacks.test_aws_foundation import graph_of
from tests.support.aws_graphs import STACKS as AWS_STACKS
from tests.support.aws_graphs import recorded_file
from tests.support.checkouts import STACKS
from tests.support.graphs import acme_graph

# Why a resource of a chain waits for the one before it, where that is no input of it.
REASONS = {
    (
        "portal-prod-database-log-iam-db-auth-error",
        "portal-prod-database-server",
    ): "RDS would make the logs without an end, and without the key",
    ("portal-prod-database-role-identity-rights", "database-role"): "pods need the rights from their first second on",
    ("database-role", "migrate"): "the role that the migration signs in as",
    ("migrate", "backstage-server"): "pods start on a migrated database (decision 24)",
    ("backstage-server", "verify"): "it asks these pods",
    ("verify", "verified"): "the record of what was verified",
    ("cluster-logs", "cluster"): "EKS would make the logs without an end, and without the key",
    ("access-platform", "kubernetes"): "nobody has rights in the cluster before",
}


def resource(name: str, *needs: str, parent: str = "", custom: bool = True) -> Resource:
    return Resource(
        urn=name,
        type="test:index:Thing" if custom else "test:index:Component",
        name=name,
        parent=parent,
        custom=custom,
        provider="",
        inputs={},
        dependencies=needs,
    )


def graph(*resources: Resource) -> Graph:
    return Graph("test", {one.urn: one for one in sorted(resources, key=lambda one: one.urn)}, {})


def seconds(value: int) -> CreationTime:
    return CreationTime(seconds=value, basis="assumed", source="a test")


def names(chain: Chain) -> list[str]:
    return [step.resource.name for step in chain.steps]


def stable_names(chain: Chain) -> list[str]:
    """Without the hashes of contents."""
    return [without_hash(name) for name in names(chain)]


def paths(waits: Mapping[str, tuple[str, ...]], urn: str) -> Iterator[tuple[str, ...]]:
    """Every way to a resource."""
    yield (urn,)
    for other in waits[urn]:
        yield from ((*way, urn) for way in paths(waits, other))


@pytest.mark.parametrize("seed", range(100))
def test_no_chain_is_longer(seed: int) -> None:
    """Compared with all chains of a small graph, one by one."""
    choose = random.Random(seed)
    found = [
        resource(f"{number}", *(f"{other}" for other in range(number) if choose.random() < 0.4))
        for number in range(choose.randint(1, 9))
    ]
    takes = {one.urn: choose.randint(0, 5) for one in found}
    drawn = graph(*found)
    path = critical_path(drawn, lambda one: seconds(takes[one.urn]))
    waits = waits_for(drawn)
    every = [way for urn in waits for way in paths(waits, urn)]
    assert path.longest.seconds == max(sum(takes[urn] for urn in way) for way in every)
    taken = {step.resource.urn for step in path.longest.steps if step.time.seconds}
    held = {way[-1] for way in every if not taken.isdisjoint(way)}
    alone = [sum(takes[urn] for urn in way) for way in every if way[-1] not in held]
    assert path.independent.seconds == max(alone, default=0)
    for chain in (path.longest, path.independent):
        assert chain.seconds == sum(step.time.seconds for step in chain.steps)
        for before, after in zip(chain.steps, chain.steps[1:], strict=False):
            assert before.resource.urn in waits[after.resource.urn]
            assert before.ends == after.begins


def test_the_order_of_a_graph_changes_nothing() -> None:
    drawn = recorded_file(AWS_STACKS / "prod.yaml", preview=True)
    turned = replace(drawn, resources=dict(reversed([*drawn.resources.items()])))
    assert critical_path(drawn) == critical_path(turned)


def test_whoever_needs_a_component_waits_for_all_that_is_in_it() -> None:
    drawn = graph(
        resource("outer", custom=False),
        resource("inner", parent="outer", custom=False),
        resource("deep", parent="inner"),
        resource("later", "outer"),
    )
    assert waits_for(drawn)["later"] == ("deep", "inner", "outer")


def test_a_child_waits_for_what_its_component_waits_for_and_not_for_its_siblings() -> None:
    drawn = graph(
        resource("first"),
        resource("component", "first", custom=False),
        resource("child", parent="component"),
        resource("sibling", "component", parent="component"),
    )
    assert waits_for(drawn)["child"] == waits_for(drawn)["sibling"] == ("component",)
    assert names(critical_path(drawn, lambda one: seconds(int(one.custom))).longest) == ["first", "child"]


def test_inputs_and_providers_are_waited_for() -> None:
    one = replace(resource("one"), type="pulumi:providers:test")
    two = replace(resource("two"), provider="one")
    three = replace(resource("three"), property_dependencies={"key": ("two",)})
    assert waits_for(graph(one, two, three)) == {"one": (), "two": ("one",), "three": ("two",)}


def test_an_empty_graph_has_no_chain() -> None:
    assert critical_path(graph()).longest == critical_path(graph()).independent == Chain(())


def test_the_chain_of_a_portal_on_aws() -> None:
    """A new line here makes every first deployment longer: it has to be worth that."""
    found = critical_path(recorded_file(AWS_STACKS / "prod.yaml", preview=True))
    assert stable_names(found.longest) == [
        "aws",
        "portal-prod-key",
        "portal-prod-database-log-iam-db-auth-error",
        "portal-prod-database-server",
        "portal-prod-database-role-identity-rights",
        "database-role",
        "migrate",
        "backstage-server",
        "verify",
        "verified",
    ]
    # Only the way in takes long besides: its certificate, or the load balancer itself.
    assert names(found.independent)[-2:] == ["portal-prod-address-https", "portal-prod-address-binding"]


def test_a_needless_wait_on_the_chain_is_seen() -> None:
    """For example a load balancer that waits for the database."""
    drawn = recorded_file(AWS_STACKS / "prod.yaml", preview=True)
    balancer, database = the(drawn, "LoadBalancer"), the(drawn, "Instance")
    late = replace(balancer, dependencies=(*balancer.dependencies, database.urn))
    resources = {**drawn.resources, late.urn: late}
    before, after = critical_path(drawn), critical_path(replace(drawn, resources=resources))
    assert after.longest.seconds > before.longest.seconds
    assert "portal-prod" in names(after.longest)


def test_the_chain_of_a_foundation() -> None:
    found = critical_path(graph_of("own", preview=True))
    assert names(found.longest) == [
        "aws",
        "key",
        "cluster-logs",
        "cluster",
        "access-platform",
        "access-platform",
        "kubernetes",
        "portal-deployer",
        "portal-deployer-binding",
    ]
    # Nodes start when pods need them, so the cluster does not wait for the way to the internet.
    assert names(found.independent) == [
        *("aws", "vpc", "internet-gateway", "routes-public-internet", "nat-a", "routes-private-a-internet")
    ]


@pytest.mark.parametrize("drawn", ["prod", "foundation"])
def test_each_step_uses_the_one_before_or_says_why_it_waits(drawn: str) -> None:
    found = recorded_file(AWS_STACKS / "prod.yaml", preview=True) if drawn == "prod" else graph_of("own", preview=True)
    chain = critical_path(found).longest
    known = stable_names(chain)
    for index, (before, after) in enumerate(zip(chain.steps, chain.steps[1:], strict=False)):
        used = {urn for urns in after.resource.property_dependencies.values() for urn in urns}
        is_input = before.resource.urn in {*used, after.resource.provider}
        assert is_input or (known[index], known[index + 1]) in REASONS


@pytest.mark.parametrize("stack", STACKS)
def test_any_stack_ends_with_its_verification(stack: str) -> None:
    assert stable_names(critical_path(acme_graph(stack)).longest)[-4:] == [
        *("migrate", "backstage-server", "verify", "verified")
    ]
