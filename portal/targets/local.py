"""A portal on this machine."""

from __future__ import annotations

from portal.targets.target import Target

TARGET = Target(
    name="local",
    summary="the cluster that `portal up` chooses or makes on this machine",
    team=False,
    private_node_port=True,
    loads_images=True,
)
