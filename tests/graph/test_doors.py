"""What a graph would open is refused before it is rendered or applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.base.errors import InputError
from portal.graph.doors import require_shut
from tests.graph.broken import BROKEN, changed_inputs
from tests.support.graphs import acme_graph

Edit = Callable[[Any], Any]


CASES: list[tuple[str, Edit, str]] = [
    ("Service", lambda i: i["spec"].update(type="LoadBalancer"), "lets guests in"),
    ("Service", lambda i: i["spec"].update(type="ExternalName"), "lets guests in"),
    ("Service", lambda i: i["spec"].update(externalIPs=["192.0.2.1"]), "lets guests in"),
    ("NetworkPolicy", lambda i: i["spec"].update(ingress=[{}]), "a rule for ingress is open to everything"),
    (
        "NetworkPolicy",
        lambda i: i["spec"].update(egress=[{"ports": [1], "to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]),
        "a cloud's metadata",
    ),
    (
        "NetworkPolicy",
        lambda i: i["spec"].update(egress=[{"ports": [1], "to": [{"ipBlock": {"cidr": "::/0"}}]}]),
        "a cloud's metadata",
    ),
    ("Deployment", lambda i: i["metadata"].update(annotations={"a": "Bearer abcdef12"}), "shows a credential"),
    (
        "Deployment",
        lambda i: i["spec"]["template"]["spec"]["containers"][0]["env"].append({"value": "https://a:b@c.example"}),
        "shows a credential",
    ),
]


@pytest.mark.parametrize(("kind", "edit", "says"), CASES)
def test_an_open_door_of_a_graph_is_a_sentence(kind: str, edit: Edit, says: str) -> None:
    graph = changed_inputs(acme_graph("local"), kind, edit)
    with pytest.raises(InputError, match=says):
        require_shut(graph)


def test_a_node_port_that_the_checks_accept_is_no_door() -> None:
    """Only `portal check` knows whose the nodes are (tests/stacks/test_reach.py)."""
    ports: Edit = lambda i: i["spec"].update(type="NodePort", ports=[{"nodePort": 30717}])  # noqa: E731
    graph = changed_inputs(acme_graph("local"), "Service", ports)
    assert require_shut(graph) is graph


def test_a_graph_without_doors_is_given_back() -> None:
    graph = acme_graph("local")
    assert require_shut(graph) is graph
    with pytest.raises(InputError, match="lets guests in"):
        require_shut(BROKEN["guests_stay_inside"](graph))
