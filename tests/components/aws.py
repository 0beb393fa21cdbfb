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
ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CLUSTER_ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/acme"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/portal/boundary"


def recorded_on_aws(make: Callable[[pulumi.ResourceOptions], object], *, preview: bool = True) -> Graph:
    """The graph of what ``make`` makes in an account, whose provider it gets as a composition would hand it over."""

    def program() -> None:
        provider = pulumi_aws.Provider(
            "aws", region=REGION, allowed_account_ids=[ACCOUNT], default_tags={"tags": {"portal:stack": "test"}}
        )
        make(pulumi.ResourceOptions(provider=provider))

    return record_program(program, preview=preview)


def recorded_in_aws(make: Callable[[pulumi.ResourceOptions], object], *, preview: bool = True) -> Graph:
    """The same in an account and a cluster, whose providers ``make`` gets."""

    def both(opts: pulumi.ResourceOptions) -> None:
        cluster = kubernetes.Provider("cluster", context="test")
        make(pulumi.ResourceOptions(providers=[*([opts.provider] if opts.provider else []), cluster]))

    return recorded_on_aws(both, preview=preview)


def of_type(graph: Graph, kind: str) -> list[Resource]:
    """The resources whose type ends in a class name of pulumi-aws."""
    return [one for one in graph if one.type.startswith("aws:") and one.type.endswith(f":{kind}")]


def document(text: str) -> Any:
    """A policy document's statements."""
    return json.loads(text)["Statement"]


def the(graph: Graph, kind: str, name: str | None = None) -> Resource:
    """The only resource of a kind, or the one of this name."""
    (found,) = [one for one in of_type(graph, kind) if name is None or one.name == name]
    return found


def names(graph: Graph, kind: str) -> list[str]:
    return [one.name for one in of_type(graph, kind)]


def waits_for(graph: Graph, resource: Resource, other: Resource) -> bool:
    """Whether one resource is made after another one, directly or not."""
    seen: set[str] = set()
    waiting = [*resource.dependencies]
    while waiting:
        urn = waiting.pop()
        if urn not in seen and urn in graph.resources:
            seen.add(urn)
            waiting += graph.resources[urn].dependencies
    return other.urn in seen


def statements(document: str) -> dict[str, Any]:
    """The statements of a policy, by their ids."""
    return {one.get("Sid", "only"): one for one in json.loads(document)["Statement"]}
