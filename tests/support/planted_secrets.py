"""Twenty secrets that a portal reads besides its own, each with a value that no other text has."""

from __future__ import annotations

from portal.base.yaml_text import yaml_text

LEAST = 20
PLANTED = tuple(f"PLANTED_{number:02}" for number in range(LEAST))


def canary(name: str) -> str:
    """The value of a secret."""
    return f"canary-of-{name.lower().replace('_', '-')}"


def planted_keys() -> str:
    """The lines of a stack's file, below ``config``, with which its portal reads them: one each at a proxy."""
    endpoints = {
        f"/{name.lower().replace('_', '-')}": {
            "target": "http://localhost:1",
            "headers": {"Authorization": {"$secret": name}},
        }
        for name in PLANTED
    }
    added = {"portal:appConfig": {"proxy": {"endpoints": endpoints}}}
    return "".join(f"  {line}\n" for line in yaml_text(added).splitlines())
