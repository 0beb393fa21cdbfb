"""The network and the role follow the final app-config."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.checks.cluster_rights import check_cluster_rights
from tests.support.shared_stack import shared


def test_the_final_app_config_says_which_ports_the_network_lets_out(checkout: Checkout) -> None:
    before, services = set(shared(checkout).outbound_ports), shared(checkout).outbound_services
    written = {
        "proxy": {
            "endpoints": {"/a": {"target": "http://sonar.tools.svc:9000/api"}, "/b": "https://b.acme.example:8443"}
        },
        "integrations": {"gitlab": [{"host": "gitlab.acme.example:3003"}]},
        "events": {"modules": {"kafka": {"kafka": {"brokers": ["broker.acme.example:9093"]}}}},
    }
    plan = shared(checkout, appConfig=written)
    assert set(plan.outbound_ports) - before == {8443, 3003, 9093}
    # Of a service of the cluster, its namespace only.
    assert plan.outbound_services == {**services, "tools": (9000,)}


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ({"objectTypes": ["pods", "secrets"]}, "secrets"),
        ({"customResources": [{"group": "argoproj.io", "apiVersion": "v1alpha1", "plural": "rollouts"}]}, "rollouts"),
    ],
)
def test_what_the_portals_role_does_not_let_it_read_is_refused_by_name(
    checkout: Checkout, written: dict[str, Any], named: str
) -> None:
    (said,) = [error.sentence for error in check_cluster_rights(shared(checkout, appConfig={"kubernetes": written}))]
    assert f"makes the portal read {named}" in said


ROLLOUTS = [{"group": "argoproj.io", "apiVersion": "v1alpha1", "plural": "rollouts"}]


def clusters(**keys: Any) -> dict[str, Any]:
    one = {"name": "one", "authProvider": "serviceAccount", **keys}
    return {"clusterLocatorMethods": [{"type": "config", "clusters": [one]}]}


@pytest.mark.parametrize(
    "written",
    [
        # What may be read there is up to the token for it.
        clusters(url="https://k8s.acme.example", serviceAccountToken={"$secret": "A"}, customResources=ROLLOUTS),
        {**clusters(url="https://k8s.acme.example"), "customResources": ROLLOUTS},
        # Backstage's own word for all of them.
        {"objectTypes": ["pods", "customresources"]},
        {**clusters(url="http://["), "customResources": ROLLOUTS},
    ],
)
def test_another_cluster_is_not_read_with_the_portals_role(checkout: Checkout, written: dict[str, Any]) -> None:
    assert list(check_cluster_rights(shared(checkout, appConfig={"kubernetes": written}))) == []


def test_the_own_cluster_is_known_by_its_address(checkout: Checkout) -> None:
    written = clusters(url="https://kubernetes.default.svc.cluster.local", customResources=ROLLOUTS)
    assert list(check_cluster_rights(shared(checkout, appConfig={"kubernetes": written})))
