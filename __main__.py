"""The Pulumi program of a portal."""

from stacks.compositions import build
from stacks.door import check, load
from stacks.exports import export

deployment = load()
check(deployment)
portal = build(deployment)
export(portal)
