"""What the portals of one AWS account and region share. Its settings are a model of their own."""

from __future__ import annotations

from portal.targets.target import Target

TARGET = Target(
    name="aws-foundation",
    summary="no portal, but what portals of an AWS account share: network, cluster, registry and who deploys",
    team=True,
    on_aws=True,
    portal=False,
)
