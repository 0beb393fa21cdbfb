"""What AWS WAF has: rules, who asks them, and where they write."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.aws_resource import AwsResource


class WebAcl(AwsResource):
    """Rules of a firewall, in their order.

    Source: https://www.pulumi.com/registry/packages/aws/api-docs/wafv2/webacl/
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(("wafv2", "WebAcl"), name, inputs, opts, outputs=("arn",))


class WebAclAssociation(AwsResource):
    """That a load balancer asks a firewall.

    Source: https://www.pulumi.com/registry/packages/aws/api-docs/wafv2/webaclassociation/
    """

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(("wafv2", "WebAclAssociation"), name, inputs, opts)


class WebAclLoggingConfiguration(AwsResource):
    """Where a firewall writes what it refused.

    Source: https://www.pulumi.com/registry/packages/aws/api-docs/wafv2/webaclloggingconfiguration/
    """

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(("wafv2", "WebAclLoggingConfiguration"), name, inputs, opts)
