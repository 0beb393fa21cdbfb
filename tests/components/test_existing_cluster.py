"""A cluster by its context, and by nothing that a machine happens to have."""

from __future__ import annotations

import pytest

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from portal.graph.model import Graph
from portal.graph.recorder import record_program


def graph_of(kubeconfig: str | None) -> Graph:
    args = ExistingClusterArgs(context="acme", kubeconfig=kubeconfig)
    return record_program(lambda: ExistingCluster("cluster", args))


@pytest.mark.parametrize("kubeconfig", [None, "clusters/acme.yaml"])
def test_the_context_decides_and_this_machines_environment_does_not(
    kubeconfig: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulumi's SDK takes KUBECONFIG where it is given nothing, and everybody's preview would show a replacement."""
    monkeypatch.setenv("KUBECONFIG", "somewhere/else")
    (provider,) = [resource for resource in graph_of(kubeconfig) if resource.is_provider]
    assert provider.inputs["context"] == "acme"
    # Another context is another cluster: objects are made there anew, never patched under the same names.
    assert provider.inputs["clusterIdentifier"] == "acme"
    assert provider.inputs["kubeconfig"] == (kubeconfig or "")


def test_nothing_is_made_in_the_cluster() -> None:
    assert graph_of(None).objects() == []
