"""What a real engine makes of the program: how long it waits, and how errors of input end it."""

from __future__ import annotations

import pytest
from pulumi import RunError

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.graph.recorder import RefusedError
from stacks.load import Deployment, errors_as_sentences
from stacks.portal import Portal
from tests.support.checkouts import STACKS
from tests.support.graphs import acme_graph, graph_of

# What pulumi-kubernetes waits for when it is made, and what takes its time to go
# (provider/pkg/await/awaiters.go, await.go: Deletion); the default of both is ten minutes.
AWAITED = (
    *("DaemonSet", "Deployment", "StatefulSet", "Job", "Pod", "Service", "Ingress"),
    *("PersistentVolume", "PersistentVolumeClaim", "ReplicationController", "ResourceQuota", "Namespace"),
)


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_waited_for_longer_than_some_minutes(stack: str) -> None:
    graph = acme_graph(stack)
    waited = [resource for kind in AWAITED for resource in graph.of_kind(kind)]
    assert len(waited) >= 2
    for resource in waited:
        annotations = resource.inputs["metadata"].get("annotations", {})
        # The pods of the portal are replaced one after the other: of the worked example there may be six. Migrations
        # of a large catalog take their time, and so does a backup before them.
        limit = 620 if resource.name.startswith(("migrate-", "backup-")) else 375 if stack == "kubernetes" else 300
        assert int(annotations.get("pulumi.com/timeoutSeconds", 600)) <= limit, resource.name


@pytest.mark.parametrize("stack", STACKS)
def test_the_portals_service_does_not_wait_for_pods_that_wait_for_the_database(stack: str) -> None:
    """Its clock would start first: a slow first start of the database would fail a deployment that goes well."""
    (service,) = [s for s in acme_graph(stack).of_kind("Service") if s.name == "backstage-service"]
    assert service.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


@pytest.mark.parametrize(
    "error",
    [
        InputError(where="f", key="k", got="this", allowed="that", fix="correct it"),
        PortalError("releases/r-1/release.json is damaged"),
        FileNotFoundError(2, "No such file or directory", "app/config-schema.json"),
    ],
    ids=["input", "portal", "file"],
)
def test_an_error_is_a_sentence_wherever_it_is_found(error: Exception) -> None:
    with pytest.raises(RunError) as caught, errors_as_sentences():
        raise error
    assert len(str(caught.value).splitlines()) == 1


def test_an_error_while_building_ends_the_program_with_its_sentence(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The composition may find what no check saw: under Pulumi that is no traceback either."""

    def refuse(_: Deployment) -> Portal:
        raise InputError(where="stacks/Pulumi.local.yaml", key="k", got="this", allowed="that", fix="correct it")

    monkeypatch.setattr("stacks.local.build", refuse)
    with pytest.raises(RefusedError, match="got this, expected that"):
        graph_of(checkout, "local")
