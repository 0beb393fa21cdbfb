"""The AWS role of pipelines that push releases."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws.iam import Role, RolePolicy

from components.identity.github_trust import github_trust
from components.identity.policy import document
from components.identity.push_rights import push_statements
from portal.aws.names import FOUNDATION_PATH


@dataclass(frozen=True, kw_only=True)
class ReleaseRoleArgs:
    """``provider_arn`` is the account's trust in GitHub, and ``subject`` that of the jobs' tokens.

    ``repository`` is that of images, in ECR.
    """

    role: str
    provider_arn: pulumi.Input[str]
    subject: str
    account: str
    region: str
    repository: str


class ReleaseRole(pulumi.ComponentResource):
    """A role that jobs of GitHub Actions take for an hour, to push images to one repository.

    Deliberately without rights to delete one. No boundary limits it, as it makes no roles and its policy is whole here.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ReleaseRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:ReleaseRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = Role(
            name,
            name=args.role,
            description="Pipelines that push releases",
            path=FOUNDATION_PATH,
            assume_role_policy=pulumi.Output.json_dumps(document(*github_trust(args.provider_arn, [args.subject]))),
            opts=child,
        )
        rights = json.dumps(document(*push_statements(args.region, args.account, args.repository)))
        RolePolicy(f"{name}-rights", name="release", role=role.name, policy=rights, opts=child)
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})
