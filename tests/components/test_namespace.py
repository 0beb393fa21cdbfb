"""A namespace in which only restricted pods run, and which nothing enters or leaves without a policy."""

from __future__ import annotations

import pytest

from components.cluster.namespace import RestrictedNamespace, RestrictedNamespaceArgs
from policies.rules import violations
from portal.graph.model import Graph
from tests.components.given import METADATA, only, recorded


def graph_of(*, keep: bool = True) -> Graph:
    args = RestrictedNamespaceArgs(name="developers", metadata=METADATA, keep=keep)
    return recorded(lambda opts: RestrictedNamespace("portal", args, opts))


def test_the_api_server_refuses_pods_that_are_not_restricted() -> None:
    labels = only(graph_of(), "Namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert METADATA.labels.items() <= labels.items()


def test_every_pod_is_closed_in_both_directions_until_a_policy_opens_it() -> None:
    graph = graph_of()
    spec = only(graph, "NetworkPolicy").inputs["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    # Through the namespace's own output: the policy waits for it.
    assert only(graph, "NetworkPolicy").property_dependencies["metadata"] == (only(graph, "Namespace").urn,)


def test_a_pod_that_names_no_account_has_no_token() -> None:
    account = only(graph_of(), "ServiceAccount").inputs
    assert account["metadata"]["name"] == "default"
    assert account["automountServiceAccountToken"] is False


@pytest.mark.parametrize("keep", [True, False])
def test_it_outlives_a_destroy_with_the_data_in_it_unless_it_is_not_to(keep: bool) -> None:
    graph = graph_of(keep=keep)
    namespace = only(graph, "Namespace")
    assert (namespace.protect, namespace.retain_on_delete) == (keep, keep)
    # What only uses it is never in the way.
    assert not only(graph, "NetworkPolicy").protect
    assert bool(violations(graph)) is not keep
