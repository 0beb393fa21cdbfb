"""Who pushes releases to the registry of a foundation."""

from __future__ import annotations

import pulumi

from components.identity.release_role import ReleaseRole, ReleaseRoleArgs
from portal.aws.names import release_role_name
from portal.models.aws.foundation import FoundationSettings


def build_release_role(
    settings: FoundationSettings, stack: str, trusted: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> ReleaseRole | None:
    """The role for ``portal:releases``; None without that key. ``trusted`` is the account's trust in GitHub."""
    if settings.releases is None or settings.repository is None or trusted is None:
        return None
    args = ReleaseRoleArgs(
        role=release_role_name(stack),
        provider_arn=trusted,
        subject=settings.releases.subject,
        account=settings.account,
        region=settings.region,
        repository=settings.repository,
    )
    return ReleaseRole("release", args, opts)
