"""Pipelines publish documentation to a portal's bucket, and pods only read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from policies.rules import violations
from portal.graph.model import Graph, Resource
from tests.components.aws import document, of_type, the, waits_for
from tests.stacks.test_aws_foundation import graph_of
from tests.support.aws_graphs import STACKS, recorded_file
from tests.support.iam_rights import allows

DOCS = re.compile(r"^  portal:docs: .*\n", re.MULTILINE)
PUBLISHER, PODS = "portal-prod-docs-publisher", "portal-prod-portal-identity-rights"
BUCKET = "arn:aws:s3:::known-bucket"
PAGE = f"{BUCKET}/default/component/service/index.html"
OF_PAGES = {"kms:EncryptionContext:aws:s3:arn": BUCKET}


@cache
def prod(docs: str | None = None) -> Graph:
    """The graph of prod, whose file says this about documentation, or nothing if it is empty."""
    text = (STACKS / "prod.yaml").read_text()
    assert len(DOCS.findall(text)) == 1
    if docs is None:
        return recorded_file(STACKS / "prod.yaml", preview=False)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "prod.yaml"
        file.write_text(DOCS.sub(f"  portal:docs: {docs}\n" if docs else "", text))
        return recorded_file(file, preview=False)


def granted(graph: Graph, name: str) -> Iterator[tuple[str, str]]:
    """Each action and resource of a role's policy."""
    for one in document(the(graph, "RolePolicy", name).inputs["policy"]):
        yield from ((action, resource) for action in one["Action"] for resource in one["Resource"])


def test_the_role_is_one_of_the_portals_own() -> None:
    role, pods = (the(prod(), "Role", name).inputs for name in (PUBLISHER, "portal-prod-portal-identity-role"))
    assert role["path"] == "/portal/prod/"
    assert role["permissionsBoundary"] == pods["permissionsBoundary"]


def test_it_trusts_the_provider_that_a_foundation_makes() -> None:
    (publisher,) = document(the(prod(), "Role", PUBLISHER).inputs["assumeRolePolicy"])
    (deployer,) = document(the(graph_of("own"), "Role", "deploy-prod").inputs["assumeRolePolicy"])
    assert publisher["Principal"] == deployer["Principal"]
    assert publisher["Condition"]["StringEquals"].items() >= {
        ("token.actions.githubusercontent.com:sub", "repo:acme/service:ref:refs/heads/main")
    }


def test_whoever_publishes_writes_and_pods_only_read() -> None:
    publisher, pods = (
        document(the(prod(), "RolePolicy", name).inputs["policy"]) for name in (f"{PUBLISHER}-rights", PODS)
    )
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"):
        assert allows(publisher, action, PAGE, {})
        assert not allows(pods, action, PAGE, {})
    assert allows(pods, "s3:GetObject", PAGE, {})
    assert not allows(publisher, "rds-db:connect", "arn:aws:rds-db:eu-central-1:111122223333:dbuser:*/portal", {})


def test_the_boundary_admits_all_that_it_does() -> None:
    boundary = document(the(graph_of("own"), "Policy", "boundary").inputs["policy"])
    asked = list(granted(prod(), f"{PUBLISHER}-rights"))
    assert asked
    assert [one for one in asked if not allows(boundary, *one, OF_PAGES)] == []


def test_it_reaches_its_bucket_and_its_key_only() -> None:
    key = the(prod(), "BucketServerSideEncryptionConfiguration").inputs["rules"][0][
        "applyServerSideEncryptionByDefault"
    ]["kmsMasterKeyId"]
    assert {resource for _, resource in granted(prod(), f"{PUBLISHER}-rights")} == {BUCKET, f"{BUCKET}/*", key}


def test_outputs_say_what_pipelines_need() -> None:
    outputs = prod().outputs
    assert outputs["docsPublisher"] == "arn:aws:iam::111122223333:role/known-role"
    assert outputs["docsBucket"] == "known-bucket"


def test_without_a_publisher_there_is_no_role_and_no_output() -> None:
    graph, before = prod(""), prod()
    assert before.resources.keys() - graph.resources.keys() == {
        one.urn for one in before if one.name.startswith(PUBLISHER)
    }
    assert {"docsPublisher", "docsBucket"} & graph.outputs.keys() == set()
    assert "url" in graph.outputs


def test_pods_wait_for_no_publisher() -> None:
    role = the(prod(), "Role", PUBLISHER)
    assert [one.name for one in prod().of_kind("Deployment") if waits_for(prod(), one, role)] == []


WIDE = [
    "{publishers: [{repository: acme/*}]}",
    "{publishers: [{repository: acme@1/*, environment: docs}, {repository: acme/service}]}",
]


@pytest.mark.parametrize("docs", WIDE)
def test_all_repositories_of_an_owner_are_allowed_where_somebody_says_so(docs: str) -> None:
    graph = prod(docs)
    assert violations(graph) == []
    trust: Mapping[str, Any] = json.loads(the(graph, "Role", PUBLISHER).inputs["assumeRolePolicy"])
    assert "StringLike" in trust["Statement"][-1]["Condition"]


def test_nothing_else_takes_tokens_of_github() -> None:
    def takes(role: Resource) -> bool:
        return "Federated" in role.inputs["assumeRolePolicy"]

    assert [one.name for one in of_type(prod(), "Role") if takes(one)] == [PUBLISHER]
