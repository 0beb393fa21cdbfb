"""A destroy is refused before anything is deleted, or deletes all that it is to delete."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.graph.model import Graph, Resource
from portal.models.database.rds import RdsDatabaseSettings
from tests.support.aws_graphs import STACKS, recorded_file

# What AWS itself refuses to delete.
_REFUSED_BY_AWS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "aws:ecr/repository:Repository": lambda given: not given.get("forceDelete"),
    "aws:eks/cluster:Cluster": lambda given: bool(given.get("deletionProtection")),
    "aws:lb/loadBalancer:LoadBalancer": lambda given: bool(given.get("enableDeletionProtection")),
    "aws:rds/instance:Instance": lambda given: bool(given.get("deletionProtection")),
    "aws:s3/bucket:Bucket": lambda given: not given.get("forceDestroy"),
}
_KEPT = "engine: rds, size: medium, multiAz: true, keep: true"
_EXISTING = "engine: existing-rds, host: a.b.eu-central-1.rds.amazonaws.com, resourceId: db-ABC"
_WAYS = {
    "kept": _KEPT,
    "not kept": "engine: rds, keep: false",
    "thrown away": "engine: rds, keep: false, finalSnapshot: false",
    "restored": "engine: rds, restore: {from: portal-prod, at: latest}",
    "of others": _EXISTING,
    "of others, not kept": f"{_EXISTING}, keep: false",
}


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Graph]:
    """The example of production with each database, and the foundation that it is in."""
    text = (STACKS / "prod.yaml").read_text()
    assert _KEPT in text
    found = {"foundation": recorded_file(STACKS / "foundation.yaml", preview=False)}
    for way, database in _WAYS.items():
        file: Path = tmp_path_factory.mktemp("stack") / "prod.yaml"
        file.write_text(text.replace(_KEPT, database))
        found[way] = recorded_file(file, preview=False)
    return found


def left_by_down(graph: Graph) -> set[str]:
    """What ``pulumi destroy --exclude-protected`` leaves: what is protected, and all that it depends on.

    Source: ``getProtectedExcludes`` in pkg/cmd/pulumi/operations/destroy.go of pulumi/pulumi.
    """
    waiting, left = [one for one in graph if one.protect], set[str]()
    while waiting:
        one = waiting.pop()
        if one.urn not in left:
            left.add(one.urn)
            needed = {one.parent, one.provider.rpartition("::")[0], one.provider, *one.dependencies}
            waiting += [graph.resources[urn] for urn in needed if urn in graph.resources]
    return left


def aws_refuses(one: Resource) -> bool:
    refused = _REFUSED_BY_AWS.get(one.type)
    return refused is not None and refused(one.inputs)


@pytest.mark.parametrize("way", ["foundation", *_WAYS])
def test_down_deletes_nothing_that_aws_refuses_to_delete(way: str, graphs: Mapping[str, Graph]) -> None:
    """It would stop there, with a half of the stack gone."""
    left = left_by_down(graphs[way])
    assert [one.name for one in graphs[way] if aws_refuses(one) and one.urn not in left] == []


@pytest.mark.parametrize("way", ["not kept", "thrown away", "of others, not kept"])
def test_what_is_not_kept_goes_in_one_piece(way: str, graphs: Mapping[str, Graph]) -> None:
    assert left_by_down(graphs[way]) == set()


@pytest.mark.parametrize("way", ["foundation", *_WAYS])
def test_what_stays_has_all_of_its_safeguards(way: str, graphs: Mapping[str, Graph]) -> None:
    """A part of a bucket is gone with it, or stays with it."""
    graph = graphs[way]
    left = left_by_down(graph)
    parts = [one for one in graph if one.type.startswith("aws:s3/bucket")]
    assert parts
    for part in parts:
        (bucket,) = [
            urn
            for urn in {part.urn, *part.property_dependencies.get("bucket", ())}
            if graph.resources[urn].type == "aws:s3/bucket:Bucket"
        ]
        assert (part.urn in left) == (bucket in left), part.name


def key_of(graph: Graph) -> Resource:
    (key,) = [one for one in graph if one.type == "aws:kms/key:Key"]
    return key


@pytest.mark.parametrize("restore", [None, {"from": "portal-prod", "at": "latest"}])
def test_the_name_that_is_looked_for_is_that_of_the_last_snapshot(
    restore: dict[str, str] | None, tmp_path: Path
) -> None:
    database = {"engine": "rds", "keep": False, "finalSnapshotName": "last", "restore": restore}
    file = tmp_path / "prod.yaml"
    file.write_text((STACKS / "prod.yaml").read_text().replace(f"{{{_KEPT}}}", json.dumps(database)))
    (made,) = [one for one in recorded_file(file, preview=False) if one.type == "aws:rds/instance:Instance"]
    settings = RdsDatabaseSettings.model_validate(database)
    assert made.inputs["finalSnapshotIdentifier"] == settings.last_snapshot("prod")


@pytest.mark.parametrize(
    ("way", "stays"),
    [("kept", True), ("not kept", True), ("thrown away", False), ("of others", True), ("of others, not kept", False)],
)
def test_the_key_of_a_snapshot_stays_with_it(way: str, stays: bool, graphs: Mapping[str, Graph]) -> None:
    assert key_of(graphs[way]).retain_on_delete is stays
    snapshots = [not one.inputs["skipFinalSnapshot"] for one in graphs[way] if one.type == "aws:rds/instance:Instance"]
    assert not any(snapshots) or stays


def test_the_name_of_the_load_balancer_is_an_output(graphs: Mapping[str, Graph]) -> None:
    """Where DNS is elsewhere, somebody has to point the portal's host there."""
    assert graphs["kept"].outputs["loadBalancer"].endswith(".elb.amazonaws.com")


def test_the_key_is_open_for_the_logs_of_both_instances(graphs: Mapping[str, Graph]) -> None:
    graph = graphs["restored"]
    policy = key_of(graph).inputs["policy"]
    logs = [one.inputs["name"] for one in graph if one.type == "aws:cloudwatch/logGroup:LogGroup"]
    of_database = [name for name in logs if name.startswith("/aws/rds/")]
    assert len(of_database) == 3
    assert all(f"log-group:{name}" in policy for name in of_database)
    assert "log-group:/aws/rds/instance/portal-prod/postgresql" in policy
