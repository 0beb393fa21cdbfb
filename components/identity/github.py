"""GitHub Actions as an identity, without any key that somebody could copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.iam import OpenIdConnectProvider, Policy, Role, RolePolicy, RolePolicyAttachment

from components.identity.github_trust import github_trust
from components.identity.policy import compact, document
from components.identity.statement import Statement
from portal.aws.github import AUDIENCE, ISSUER, subject_of_environment
from portal.aws.names import FOUNDATION_PATH

# A deployment that makes a database takes most of an hour.
_SESSION_SECONDS = 2 * 60 * 60


class GithubProvider(pulumi.ComponentResource):
    """An account's trust in the tokens of GitHub Actions. It gives no rights: roles say which tokens they take.

    Without a thumbprint, AWS verifies GitHub's certificate against the authorities that it trusts
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html).
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:GithubProvider", name, None, opts)
        provider = OpenIdConnectProvider(
            name, url=f"https://{ISSUER}", client_id_lists=[AUDIENCE], opts=pulumi.ResourceOptions(parent=self)
        )
        self.arn = provider.arn
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, kw_only=True)
class DeployRoleArgs:
    """``provider_arn`` is the account's for GitHub. ``repository`` and ``environments`` are those of the jobs.

    ``statements`` and ``more`` are all that the role may do. AWS takes 10,240 letters of the first, so that ``more`` is
    in a policy of its own.
    """

    role: str
    provider_arn: pulumi.Input[str]
    repository: str
    environments: Sequence[str]
    boundary_arn: pulumi.Input[str]
    statements: Sequence[Statement]
    more: Sequence[Statement] = ()


class DeployRole(pulumi.ComponentResource):
    """A role to deploy one portal or to look at it, which only jobs of its environments of one repository have."""

    arn: pulumi.Output[str]
    role: pulumi.Output[str]

    def __init__(self, name: str, args: DeployRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:DeployRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Exact ones, as a pattern would let other repositories or branches in.
        subjects = [subject_of_environment(args.repository, one) for one in args.environments]
        role = Role(
            name,
            name=args.role,
            path=FOUNDATION_PATH,
            max_session_duration=_SESSION_SECONDS,
            permissions_boundary=args.boundary_arn,
            assume_role_policy=pulumi.Output.json_dumps(document(*github_trust(args.provider_arn, subjects))),
            opts=child,
        )
        # Known as a whole: every ARN in it follows from the stack file.
        RolePolicy(f"{name}-rights", name="deploy", role=role.name, policy=compact(*args.statements), opts=child)
        if args.more:
            more = Policy(
                f"{name}-more",
                name=f"{args.role}-more",
                path=FOUNDATION_PATH,
                description=f"More of what {args.role} may do",
                policy=compact(*args.more),
                opts=child,
            )
            RolePolicyAttachment(f"{name}-more", role=role.name, policy_arn=more.arn, opts=child)
        self.arn = role.arn
        self.role = role.name
        self.register_outputs({"arn": self.arn, "role": self.role})
