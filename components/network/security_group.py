"""Who may reach what is in a VPC."""

from __future__ import annotations

import pulumi

from components.aws_resource import AwsResource


class SecurityGroup(AwsResource):
    """A security group that lets nothing through: each rule is a resource of its own.

    Source: https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/
    """

    def __init__(
        self,
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        description: str,
        tags: dict[str, str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"vpcId": vpc_id, "description": description, "tags": tags}
        super().__init__(("ec2", "SecurityGroup"), name, inputs, opts)
