"""Roles of pods: exactly the statements that are given, for the pods of one account in one cluster."""

from __future__ import annotations

import json
from typing import Any

from components.identity.pod_identity import PodIdentity, PodIdentityArgs
from components.identity.policy import Statement
from portal.graph.model import Graph
from tests.components.aws import BOUNDARY, CLUSTER_ARN, document, recorded_in_aws, the

STATEMENTS = [Statement(sid="Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::acme/*"])]


def graph_of() -> Graph:
    args = PodIdentityArgs(
        cluster="acme",
        cluster_arn=CLUSTER_ARN,
        namespace="portal",
        account="backstage",
        path="/portal/prod/",
        boundary=BOUNDARY,
        statements=STATEMENTS,
    )
    return recorded_in_aws(lambda opts: PodIdentity("portal-identity", args, opts), preview=False)


def test_a_role_does_what_is_asked_for_and_nothing_else() -> None:
    graph = graph_of()
    assert document(the(graph, "RolePolicy").inputs["policy"]) == [
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::acme/*"]}
    ]
    role = the(graph, "Role").inputs
    assert (role["path"], role["permissionsBoundary"]) == ("/portal/prod/", BOUNDARY)


def test_only_the_pods_of_the_account_get_the_role() -> None:
    (trust,) = document(the(graph_of(), "Role").inputs["assumeRolePolicy"])
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    conditions: dict[str, Any] = trust["Condition"]["StringEquals"]
    assert conditions == {
        "aws:RequestTag/eks-cluster-arn": CLUSTER_ARN,
        "aws:RequestTag/kubernetes-namespace": "portal",
        "aws:RequestTag/kubernetes-service-account": "backstage",
    }


def test_a_document_has_the_same_bytes_every_time() -> None:
    first, second = (the(graph_of(), "RolePolicy").inputs["policy"] for _ in range(2))
    assert first == second
    assert json.loads(first)["Version"] == "2012-10-17"
