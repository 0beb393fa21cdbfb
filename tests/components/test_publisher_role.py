"""The role of pipelines: who may take it, and that it is limited."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.identity.github_trust import github_trust
from components.identity.policy import Statement, document
from components.identity.publisher_role import PublisherRole, PublisherRoleArgs
from portal.aws.github import AUDIENCE, ISSUER, provider_arn
from portal.graph.model import UNKNOWN, Graph
from portal.models.aws.docs import MOST_OF_SUBJECTS, Docs
from tests.components.aws import ACCOUNT, BOUNDARY, REGION, recorded_on_aws, the
from tests.components.aws import document as statements_of
from tests.support.iam_rights import allows

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
PUBLISHERS = [
    {"repository": "acme/service"},
    {"repository": "acme/handbook", "environment": "docs"},
    {"repository": "acme@1/portal@2", "branch": "stable"},
    {"repository": "globex/*"},
]
READ = Statement(sid="Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::acme/*"])
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_OF_A_TRUST = 2048


def docs(publishers: list[dict[str, str]]) -> Docs:
    return Docs.model_validate({"publishers": publishers})


def graph_of(*, preview: bool = False) -> Graph:
    args = PublisherRoleArgs(
        provider_arn=provider_arn(REGION, ACCOUNT),
        subjects=docs(PUBLISHERS).subjects,
        path="/portal/prod/",
        boundary=BOUNDARY,
        statements=[READ],
    )
    return recorded_on_aws(lambda opts: PublisherRole("portal-prod-docs-publisher", args, opts), preview=preview)


def may_take(subject: str, audience: str = AUDIENCE) -> bool:
    """Whether a job with this token may take the role, which is what its trust policy is of."""
    trust = statements_of(the(graph_of(), "Role").inputs["assumeRolePolicy"])
    token = {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": audience}
    this_role = [{**one, "Resource": "*"} for one in trust]
    return allows(this_role, "sts:AssumeRoleWithWebIdentity", "*", token)


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/service:ref:refs/heads/main",
        "repo:acme/handbook:environment:docs",
        "repo:acme@1/portal@2:ref:refs/heads/stable",
        "repo:globex/service:ref:refs/heads/main",
        "repo:globex/what-is-not-there-yet:ref:refs/heads/main",
    ],
)
def test_who_is_named_may_publish(subject: str) -> None:
    assert may_take(subject)
    assert not may_take(subject, "https://github.com/acme")


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/service:pull_request",
        "repo:acme/service:ref:refs/heads/main2",
        "repo:acme/service:ref:refs/heads/other",
        "repo:acme/service:ref:refs/tags/main",
        "repo:acme/service:environment:docs",
        "repo:acme/handbook:ref:refs/heads/main",
        "repo:acme/handbook:environment:docs2",
        "repo:acme/portal:ref:refs/heads/stable",
        "repo:acme@1/portal@3:ref:refs/heads/stable",
        "repo:acme@9/portal@2:ref:refs/heads/stable",
        "repo:acme/service-of-others:ref:refs/heads/main",
        "repo:acme-of-others/service:ref:refs/heads/main",
        "repo:others/service:ref:refs/heads/main",
        "repo:globex/service:pull_request",
        "repo:globex/service:ref:refs/heads/other",
        "repo:globex/service:environment:docs",
        "repo:globex-of-others/service:ref:refs/heads/main",
        "repo:globex@1/service@2:ref:refs/heads/main",
        "",
        "*",
    ],
)
def test_nobody_else_may(subject: str) -> None:
    assert not may_take(subject)


def test_only_tokens_of_github_through_the_accounts_own_provider() -> None:
    trust = statements_of(the(graph_of(), "Role").inputs["assumeRolePolicy"])
    assert {(one["Principal"]["Federated"], one["Action"]) for one in trust} == {
        (PROVIDER, "sts:AssumeRoleWithWebIdentity")
    }
    compared: list[str] = [operator for one in trust for operator in one["Condition"]]
    assert compared == ["StringEquals", "StringEquals", "StringLike"]


def test_patterns_stand_apart_from_what_is_compared_exactly() -> None:
    exact: list[dict[str, Any]] = github_trust(PROVIDER, docs(PUBLISHERS[:3]).subjects)
    assert ["StringLike" in one["Condition"] for one in exact] == [False]


def test_it_is_limited_and_does_what_is_asked_for() -> None:
    graph = graph_of()
    role = the(graph, "Role").inputs
    assert (role["path"], role["permissionsBoundary"]) == ("/portal/prod/", BOUNDARY)
    assert [one["Action"] for one in statements_of(the(graph, "RolePolicy").inputs["policy"])] == [["s3:GetObject"]]


def test_a_pull_request_shows_who_may_take_it() -> None:
    assert the(graph_of(preview=True), "Role").inputs["assumeRolePolicy"] != UNKNOWN


@pytest.mark.parametrize("wide", [False, True])
def test_as_many_as_the_setting_takes_fit_into_a_trust_policy(wide: bool) -> None:
    """With the longest partition, and with a statement for patterns too."""
    some = [*([{"repository": "acme/*"}] if wide else []), *({"repository": f"acme/service-{n:02}"} for n in range(24))]
    longest = MOST_OF_SUBJECTS - length(docs([*some, {"repository": "acme/x", "branch": "b"}]).subjects) + 1
    subjects = docs([*some, {"repository": "acme/x", "branch": "b" * longest}]).subjects
    assert length(subjects) == MOST_OF_SUBJECTS
    trust = document(*github_trust(provider_arn("us-gov-west-1", ACCOUNT), subjects))
    assert len(json.dumps(trust, separators=(",", ":"))) <= MOST_OF_A_TRUST


def length(subjects: tuple[str, ...]) -> int:
    return len(json.dumps(subjects, separators=(",", ":"))) - len("[]") + len(",")
