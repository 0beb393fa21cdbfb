"""Where Pulumi keeps the state of a stack in a bucket.

Source: https://github.com/pulumi/pulumi/tree/master/pkg/backend/diy (store.go, state.go, lock.go, stack_tags.go)
"""

from __future__ import annotations

# As Pulumi.yaml names it. The organization is Pulumi's word for there being none.
_PROJECT, _ORGANIZATION = "portal", "organization"


def state_keys(stack: str) -> list[str]:
    """The keys of everything that Pulumi writes for a stack, as patterns. ``stack`` may be one itself."""
    named = f"{_PROJECT}/{stack}"
    return [
        # Plain or compressed, the one before, and checkpoints that are retained.
        f".pulumi/stacks/{named}.json*",
        f".pulumi/stacks/{named}.pulumi-tags",
        f".pulumi/history/{named}/*",
        f".pulumi/backups/{named}/*",
        f".pulumi/locks/{_ORGANIZATION}/{named}/*",
    ]
