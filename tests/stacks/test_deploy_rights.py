"""Whoever deploys a portal may make all that is in it: each resource has a name that the role's policy allows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from portal.aws.names import LONGEST_STACK, can_name_a_portal, portal_label
from portal.graph.model import Graph, Resource
from tests.components.aws import the
from tests.stacks.rights_of_types import TYPES, Named, Part, Right
from tests.stacks.test_aws_foundation import graph_of
from tests.support.aws_graphs import STACKS, recorded_file
from tests.support.iam_rights import allows
from tests.support.status_rights import rights_of_status

STACK = "prod"
# What Pulumi adds to a logical name (https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming).
SUFFIX = "-1a2b3c4"


def portal_graph() -> Graph:
    return recorded_file(STACKS / f"{STACK}.yaml", preview=False)


def resources(graph: Graph) -> list[Resource]:
    return [one for one in graph if one.type.startswith("aws:")]


def physical_name(resource: Resource) -> str:
    kind = TYPES[resource.type]
    assert isinstance(kind, Named), resource.type
    return str(resource.inputs.get(kind.input, f"{resource.name}{SUFFIX}"))


def needed(graph: Graph, resource: Resource) -> Iterator[Right]:
    """The actions that make a resource, and what each is asked for."""
    kind = TYPES[resource.type]
    if not isinstance(kind, Part):
        yield from _named(kind.rights, resource)
        return
    for place, rights in kind.rights.items():
        owners = [graph.resources[urn] for urn in resource.property_dependencies.get(place, ())]
        for owner in [one for one in owners if isinstance(TYPES[one.type], Named)] or [resource]:
            yield from _named(rights, owner)


def _named(rights: Sequence[Right], owner: Resource) -> Iterator[Right]:
    for action, form in rights:
        named = physical_name(owner) if "{name}" in form else ""
        yield action, form.format(name=named, path=owner.inputs.get("path", ""))


@pytest.fixture(scope="module")
def role() -> list[dict[str, Any]]:
    """The policies of the role that deploys the portal."""
    parts = (("RolePolicy", "rights"), ("Policy", "more"))
    found = [the(graph_of("own"), kind, f"deploy-{STACK}-{part}").inputs["policy"] for kind, part in parts]
    return [one for text in found for one in _statements(text)]


@pytest.fixture(scope="module")
def reader() -> list[dict[str, Any]]:
    """The policy of the role that sees what would change."""
    return _statements(the(graph_of("own"), "RolePolicy", f"deploy-{STACK}-read-only-rights").inputs["policy"])


@pytest.fixture(scope="module")
def boundary() -> list[dict[str, Any]]:
    return _statements(the(graph_of("own"), "Policy", f"deploy-boundary-{STACK}").inputs["policy"])


def _statements(document: str) -> list[dict[str, Any]]:
    return json.loads(document)["Statement"]


def context(resource: Resource | None = None) -> dict[str, str]:
    """What a request says of itself: the portal's tags, the limit of its roles, and a record's name."""
    (provider,) = [one for one in portal_graph() if one.type == "pulumi:providers:aws"]
    tags: dict[str, str] = json.loads(provider.inputs["defaultTags"])["tags"]
    told = {f"aws:{of}Tag/{key}": value for of in ("Request", "Resource") for key, value in tags.items()}
    if resource is not None and resource.type == "aws:route53/record:Record":
        key = "route53:ChangeResourceRecordSets"
        told[f"{key}NormalizedRecordNames"] = resource.inputs["name"].rstrip(".")
        told[f"{key}RecordTypes"] = resource.inputs["type"]
    return {**told, "iam:PermissionsBoundary": graph_of("own").outputs["aws"]["boundary"]}


def test_every_type_of_the_portal_is_known() -> None:
    assert {one.type for one in resources(portal_graph())} == set(TYPES)


def restored_graph(folder: Path) -> Graph:
    text = (STACKS / f"{STACK}.yaml").read_text()
    file = folder / f"{STACK}.yaml"
    file.write_text(text.replace("engine: rds,", "engine: rds, restore: {from: portal-prod, at: latest},"))
    return recorded_file(file, preview=False)


@pytest.mark.parametrize("restored", [False, True])
@pytest.mark.parametrize("which", ["role", "boundary"])
def test_its_deployer_may_make_everything(
    which: str, restored: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    statements = request.getfixturevalue(which)
    graph = restored_graph(tmp_path) if restored else portal_graph()
    missing = {
        f"{action} {asked}"
        for resource in resources(graph)
        for action, asked in needed(graph, resource)
        if not allows(statements, action, asked, context(resource))
    }
    assert sorted(missing) == []


@pytest.mark.parametrize("which", ["role", "boundary"])
def test_its_deployer_may_restore_its_database(which: str, request: pytest.FixtureRequest) -> None:
    """It asks for the instance before, or the snapshot, and for the new one."""
    statements = request.getfixturevalue(which)
    snapshot = "snapshot:portal-prod-final"
    asked = {
        "RestoreDBInstanceToPointInTime": ("db:portal-prod", "db:portal-prod-1a2b3c"),
        "RestoreDBInstanceFromDBSnapshot": (snapshot, "db:portal-prod-1a2b3c"),
    }
    for action, resources_of in asked.items():
        for one in resources_of:
            assert allows(statements, f"rds:{action}", f"arn:aws:rds:eu-central-1:111122223333:{one}", context())


@pytest.mark.parametrize("which", ["role", "reader", "boundary"])
def test_its_deployer_may_ask_what_status_asks(which: str, request: pytest.FixtureRequest) -> None:
    statements = request.getfixturevalue(which)
    asked = [
        (action, resource) for action, resource in rights_of_status() if not allows(statements, action, resource, {})
    ]
    assert asked == []


def test_whoever_only_reads_may_make_nothing(reader: list[dict[str, Any]]) -> None:
    told = context()
    made = {
        f"{action} {asked}"
        for resource in resources(portal_graph())
        for action, asked in needed(portal_graph(), resource)
        # A certificate is described until it is issued.
        if not action.partition(":")[2].startswith("Describe") and allows(reader, action, asked, told)
    }
    assert made == set()


def test_its_roles_are_limited_as_its_deployer_must_limit_them() -> None:
    roles = [one for one in resources(portal_graph()) if one.type == "aws:iam/role:Role"]
    assert [one.name for one in roles if not one.inputs.get("permissionsBoundary")] == []


def test_no_deployer_may_make_anything_with_the_name_of_another_portal(role: list[dict[str, Any]]) -> None:
    told = context()
    for resource in resources(portal_graph()):
        for action, asked in needed(portal_graph(), resource):
            other = asked.replace("portal-prod", "portal-production").replace("/portal/prod/", "/portal/production/")
            assert other == asked or not allows(role, action, other, told), (action, other)


def test_names_fit_with_the_longest_name_of_a_stack() -> None:
    longer = LONGEST_STACK - len(STACK)
    assert can_name_a_portal("x" * LONGEST_STACK)
    for resource in resources(portal_graph()):
        kind = TYPES[resource.type]
        if isinstance(kind, Named):
            assert len(physical_name(resource)) + longer <= kind.longest, resource.name


def test_logical_names_begin_with_the_portals_name() -> None:
    label = portal_label(STACK)
    found = [one.name for one in resources(portal_graph()) if not f"{one.name}-".startswith(f"{label}-")]
    assert found == []


@pytest.mark.parametrize("name", ["my--stack", "x" * (LONGEST_STACK + 1)])
def test_a_name_that_fits_nowhere_is_none(name: str) -> None:
    assert not can_name_a_portal(name)
