"""The AWS role of pipelines that publish what a portal shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.iam import Role, RolePolicy

from components.identity.github_trust import github_trust
from components.identity.policy import Statement, document, policy


@dataclass(frozen=True, kw_only=True)
class PublisherRoleArgs:
    """``subjects`` are those of the tokens that it is for, and ``provider_arn`` is the account's trust in them.

    ``path`` and ``boundary`` are those of the role. ``statements`` are all that it may do.
    """

    provider_arn: str
    subjects: Sequence[str]
    path: str
    boundary: str | None
    statements: Sequence[Statement]


class PublisherRole(pulumi.ComponentResource):
    """A role that jobs of GitHub Actions take for an hour, without a key that somebody could copy.

    Deliberately without the account's trust in GitHub: an account has it once, and the foundation makes it.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PublisherRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:PublisherRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        trust = document(*github_trust(args.provider_arn, args.subjects))
        role = Role(
            name,
            description="Pipelines that publish documentation of a portal",
            path=args.path,
            permissions_boundary=args.boundary,
            # Compact, as AWS takes 2,048 letters.
            assume_role_policy=json.dumps(trust, separators=(",", ":")),
            opts=child,
        )
        RolePolicy(f"{name}-rights", role=role.name, policy=policy(args.statements), opts=child)
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})
