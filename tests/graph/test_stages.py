"""An engine that knows no dependencies applies a graph in stages that keep them."""

from __future__ import annotations

import pytest

from portal.graph.model import Graph, Resource
from portal.graph.stages import stages
from tests.support.checkouts import STACKS
from tests.support.graphs import acme_graph


def kinds(stage: list[Resource]) -> set[str]:
    return {resource.type.rpartition(":")[2] for resource in stage}


def jobs(stage: list[Resource]) -> list[str]:
    return [one.name.rpartition("-")[0] for one in stage if one.type.endswith(":Job")]


@pytest.mark.parametrize("stack", STACKS)
def test_the_database_is_migrated_before_pods_start_and_the_record_comes_last(stack: str) -> None:
    *before, first, second, third, last = stages(acme_graph(stack))
    # A stack with backups makes one before anything changes the database.
    assert [jobs(one) for one in before] == ([["backup"]] if acme_graph(stack).of_kind("CronJob") else [])
    assert jobs(first) == ["migrate"]
    assert "Deployment" not in {kind for stage in (*before, first) for kind in kinds(stage)}
    # With the rights and the network of the new pods: the old ones keep theirs until then.
    rights = {"NetworkPolicy", "ClusterRole", "ClusterRoleBinding"}
    assert "backstage-policy" in {one.name for one in second}
    assert kinds(second) - {"HorizontalPodAutoscaler"} - rights == {"Deployment"}
    assert [one.name.rpartition("-")[0] for one in third] == ["verify"]
    assert [one.name.rpartition("-")[0] for one in last] == ["verified"]


@pytest.mark.parametrize("stack", STACKS)
def test_every_object_is_in_one_stage_and_after_all_that_it_needs(stack: str) -> None:
    graph = acme_graph(stack)
    place = {one.urn: index for index, stage in enumerate(stages(graph)) for one in stage}
    assert set(place) == {one.urn for one in graph.objects()}
    for urn, index in place.items():
        assert all(place[needed] <= index for needed in graph.resources[urn].dependencies if needed in place)


def test_without_jobs_there_is_one_stage() -> None:
    graph = acme_graph("local")
    without = {one.urn: one for one in graph if not one.type.endswith(":Job")}
    assert len(stages(Graph(graph.stack, without, {}))) == 1


def test_nothing_waits_for_a_job_that_has_succeeded_before() -> None:
    """A changed title does not migrate again: its pods start at once."""
    graph = acme_graph("local")
    jobs = {one.name.rpartition("-")[0]: one.name for one in graph.of_kind("Job")}
    first, second, last = stages(graph, {jobs["migrate"]})
    assert {"Deployment", "StatefulSet"} <= kinds(first)
    assert [one.name for one in second] == [jobs["verify"]]
    assert [one.name.rpartition("-")[0] for one in last] == ["verified"]
    assert len(stages(graph, set(jobs.values()))) == 1
