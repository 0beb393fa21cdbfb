"""What is in front of a portal on AWS reaches its pods, and nothing else does."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.plan import load_plan
from tests.components.aws import the
from tests.support.aws_graphs import STACKS
from tests.support.checkouts import give_secrets, pretend_built
from tests.support.graphs import graph_of


@pytest.mark.parametrize(("internal", "kind"), [(False, "public"), (True, "private")])
def test_pods_take_requests_from_the_subnets_of_the_load_balancer(
    checkout: Checkout, internal: bool, kind: str
) -> None:
    before = "portal:loadBalancer: {"
    text = (STACKS / "prod.yaml").read_text()
    assert before in text
    changed = text.replace(before, f"{before}internal: {str(internal).lower()}, ")
    checkout.stack_file("prod").write_text(changed)
    give_secrets(checkout, "prod")
    pretend_built(checkout)
    graph = graph_of(checkout, "prod")
    aws = load_plan(checkout, "prod").settings.aws
    given = getattr(aws.subnets, kind) if aws is not None else ()
    assert len(given) == 3
    assert the(graph, "LoadBalancer").inputs["subnets"] == [one.id for one in given]
    (policy,) = [one for one in graph.of_kind("NetworkPolicy") if one.name == "backstage-policy"]
    peers = [peer for rule in policy.inputs["spec"]["ingress"] for peer in rule["from"] if "ipBlock" in peer]
    assert [peer["ipBlock"]["cidr"] for peer in peers] == [one.cidr for one in given]
