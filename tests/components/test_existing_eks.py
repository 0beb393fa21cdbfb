"""An EKS cluster by its ARN, reached with a text that has no credential in it."""

from __future__ import annotations

import pytest

from components.cluster.existing_eks import ExistingEks, ExistingEksArgs
from portal.aws.kubeconfig import kubeconfig
from portal.graph.recorder import record_program
from tests.support.eks import ADDRESS


def test_the_arn_decides_and_this_machine_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a literal identifier, Pulumi would compare kubeconfigs: another address would replace everything."""
    monkeypatch.setenv("KUBECONFIG", "somewhere/else")
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    args = ExistingEksArgs(arn=ADDRESS.arn, kubeconfig=kubeconfig(ADDRESS))
    graph = record_program(lambda: ExistingEks("cluster", args))
    (provider,) = [resource for resource in graph if resource.is_provider]
    assert provider.inputs["clusterIdentifier"] == provider.inputs["context"] == ADDRESS.arn
    assert provider.inputs["kubeconfig"] == kubeconfig(ADDRESS)
    # Nothing is made, and AWS is not asked: the recorder refuses questions.
    assert graph.objects() == []
    assert [resource.type for resource in graph if resource.type.startswith("aws:")] == []
