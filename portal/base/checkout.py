"""Where things are in a checkout of this repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from portal.base.errors import InputError


@dataclass(frozen=True)
class Checkout:
    """The folders and files of one checkout. Creates nothing."""

    root: Path

    @classmethod
    def containing(cls, folder: Path) -> Checkout:
        """The checkout that ``folder`` lies in: the nearest parent with a ``Pulumi.yaml``."""
        for candidate in (folder, *folder.parents):
            if (candidate / "Pulumi.yaml").is_file():
                return cls(candidate)
        raise InputError(
            where=str(folder),
            key="",
            got="a folder outside a portal checkout",
            allowed="a folder with Pulumi.yaml in it or above it",
            fix="change into your checkout, or pass --directory",
        )

    @property
    def portal_file(self) -> Path:
        """What the portal is."""
        return self.root / "portal.yaml"

    @property
    def stacks(self) -> Path:
        """One file per environment."""
        return self.root / "stacks"

    @property
    def app(self) -> Path:
        """The Backstage app: constant sources, lock, config schema."""
        return self.root / "app"

    @property
    def content(self) -> Path:
        """What a new portal holds on day one."""
        return self.root / "content"

    @property
    def releases(self) -> Path:
        """Committed release bundles, one folder each."""
        return self.root / "releases"

    @property
    def tools(self) -> Path:
        """Pinned tools that are built from modules."""
        return self.root / "tools"

    @property
    def state(self) -> Path:
        """All that is made here and never committed."""
        return self.root / ".portal"

    def stack_file(self, stack: str) -> Path:
        """The committed file of a stack."""
        return self.stacks / f"Pulumi.{stack}.yaml"

    def generated_stack_file(self, stack: str) -> Path:
        """The whole stack file that ``portal up`` keeps for a stack it generates values for."""
        return self.state / "stacks" / f"Pulumi.{stack}.yaml"

    def passphrase_file(self, stack: str) -> Path:
        """The passphrase that protects the generated stack file's secrets; mode 0600."""
        return self.state / "stacks" / f"{stack}.passphrase"

    def preflight_file(self, stack: str) -> Path:
        """Which cluster a stack is in, and what was found to fit into it."""
        return self.state / "preflight" / f"{stack}.json"

    def last_apply_file(self, stack: str) -> Path:
        """What the last `portal up` of a stack left in its cluster."""
        return self.state / "last_apply" / f"{stack}.json"

    def relative(self, path: Path) -> str:
        """A path as people see it: relative to the checkout where it lies in it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def cache_folder() -> Path:
    """Where downloads and built tools are kept across checkouts (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "portal"
