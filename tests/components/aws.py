"""Components of AWS, recorded: the account's provider, and what they are given."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws
import pulumi_kubernetes as kubernetes

from portal.graph.model import Graph, Resource
from portal.graph.recorder import record_program

ACCOUNT = "111122223333"
REGION = "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CLUSTER_ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/acme"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/portal/boundary"


def recorded_in_aws(make: Callable[[pulumi.ResourceOptions], object], *, preview: bool = True) -> Graph:
    """The graph of what ``make`` makes in an account and a cluster, whose providers it gets."""

    def program() -> None:
        account = pulumi_aws.Provider(
            "aws", region=REGION, allowed_account_ids=[ACCOUNT], default_tags={"tags": {"portal:stack": "test"}}
        )
        cluster = kubernetes.Provider("cluster", context="test")
        make(pulumi.ResourceOptions(providers=[account, cluster]))

    return record_program(program, preview=preview)


def of_type(graph: Graph, kind: str) -> list[Resource]:
    """The resources whose type ends in a class name of pulumi-aws."""
    return [one for one in graph if one.type.startswith("aws:") and one.type.endswith(f":{kind}")]


def one_of_type(graph: Graph, kind: str) -> Resource:
    (found,) = of_type(graph, kind)
    return found


def document(text: str) -> Any:
    """A policy document's statements."""
    return json.loads(text)["Statement"]
