"""The provider of an AWS account."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_aws import Provider

from portal.aws.names import STACK_TAG


def account_provider(account: str, region: str, stack: str, tags: Mapping[str, str]) -> Provider:
    """The provider ``aws``: one region of one account, and tags that say which stack everything belongs to.

    Credentials of another account are refused before anything is made.
    """
    return Provider(
        "aws",
        region=region,
        allowed_account_ids=[account],
        default_tags={"tags": {STACK_TAG: stack, "portal:managed-by": "pulumi", **tags}},
    )
