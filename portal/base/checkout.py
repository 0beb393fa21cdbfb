"""Where things are in a checkout of this repository."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portal.base.errors import SituationError
from portal.base.ownership import require_own

# The kubeconfig of a cluster that a checkout made, as a stack's file names it: relative to the checkout.
OWN_KUBECONFIG = ".portal/cluster/kubeconfig"
# The kubeconfigs of clusters that stacks know as data.
KUBECONFIGS = ".portal/clusters"


@dataclass(frozen=True)
class Checkout:
    """The folders and files of one checkout. Creates nothing."""

    root: Path

    @classmethod
    def containing(cls, folder: Path) -> Checkout:
        """The checkout that ``folder`` lies in: the nearest parent with a ``Pulumi.yaml``. It has to be the user's."""
        for candidate in (folder, *folder.parents):
            if (candidate / "Pulumi.yaml").is_file():
                require_own(candidate)
                return cls(candidate)
        raise SituationError(
            f"{folder} is not in a portal checkout: neither it nor a folder above it has a Pulumi.yaml",
            "change into your checkout, or pass --directory",
        )

    def guard_state(self) -> None:
        """Make :attr:`state` if it is missing, and let nobody else read or change what is in it.

        Here and not where files are written: whoever may write to a folder may replace the private files in it.
        """
        if self.state.is_symlink() and not self.state.exists():
            raise SituationError(
                f"{self.state} is a link to {self.state.readlink()}, and nothing is there",
                "make that folder, or remove the link",
            )
        # A checkout that cannot be written to can still be checked.
        with suppress(OSError):
            self.state.mkdir(mode=0o700)
        # What is no folder is refused where something is written.
        if not self.state.is_dir():
            return
        if self.state.stat().st_mode & 0o077:
            with suppress(PermissionError):
                self.state.chmod(0o700)
        if not os.access(self.state, os.R_OK | os.X_OK):
            raise SituationError(
                f"{self.state} belongs to another user: an earlier command ran as root",
                "run this one with sudo, too, or change its owner with chown -R",
            )

    @property
    def portal_file(self) -> Path:
        """What the portal is, in every environment."""
        return self.root / "portal.yaml"

    @property
    def stacks(self) -> Path:
        """One file per environment."""
        return self.root / "stacks"

    @property
    def app(self) -> Path:
        """The Backstage app: its source code, its lock and its config schema."""
        return self.root / "app"

    @property
    def content(self) -> Path:
        """The content of a new portal: its first entities and documents."""
        return self.root / "content"

    @property
    def releases(self) -> Path:
        """Committed release bundles, one folder each."""
        return self.root / "releases"

    @property
    def tools(self) -> Path:
        """Pinned tools that are built from Go modules."""
        return self.root / "tools"

    @property
    def state(self) -> Path:
        """Everything that commands write and nobody commits. Its parts are named below, and nowhere else."""
        return self.root / ".portal"

    @property
    def state_names(self) -> frozenset[str]:
        """The names of all parts of :attr:`state`: what else is there is not ours."""
        pulumi = (self.pulumi_backend, self.pulumi_home)
        folders = (
            self.logs,
            self.build,
            self.containers,
            self.node,
            self.cluster,
            self.kubeconfigs,
            *pulumi,
            self.records,
            self.programs,
            self.upgrades,
        )
        files = (self.forward_file(""), self.preflight_file(""), self.last_apply_file(""))
        # kubectl's discovery cache has its name in portal/kubernetes/kubectl.py.
        return frozenset(
            ["kubectl", self.lock_file.name, *(path.name for path in folders), *(path.parent.name for path in files)]
        )

    @property
    def lock_file(self) -> Path:
        """The lock of whoever writes in the checkout. It is there while a command runs."""
        return self.state / "lock"

    @property
    def logs(self) -> Path:
        """Logs of the programs that commands run. Logs of a build are in :attr:`build`."""
        return self.state / "logs"

    @property
    def build(self) -> Path:
        """The parts of an image, its archives, and the logs of its build."""
        return self.state / "build"

    @property
    def images_file(self) -> Path:
        """The images of the last build."""
        return self.build / "images.json"

    @property
    def containers(self) -> Path:
        """Layers of container builders that have no storage of their own."""
        return self.state / "containers"

    @property
    def node(self) -> Path:
        """The single-node Kubernetes: its configuration, certificates and data."""
        return self.state / "node"

    @property
    def cluster(self) -> Path:
        """How a cluster that this checkout made was configured, and how to reach it."""
        return self.state / "cluster"

    @property
    def own_kubeconfig(self) -> Path:
        """The kubeconfig of a cluster that this checkout made."""
        return self.root / OWN_KUBECONFIG

    @property
    def kubeconfigs(self) -> Path:
        """The kubeconfigs of clusters that stacks know as data, by what is in them. No credential is."""
        return self.root / KUBECONFIGS

    @property
    def pulumi_backend(self) -> Path:
        """The Pulumi state of local stacks."""
        return self.state / "pulumi"

    @property
    def pulumi_home(self) -> Path:
        """What the Pulumi CLI keeps for local stacks besides their state: logs and workspaces."""
        return self.state / "pulumi-home"

    @property
    def records(self) -> Path:
        """What earlier commands decided or generated for each stack."""
        return self.state / "stacks"

    @property
    def programs(self) -> Path:
        """Worktrees with the code that single stacks are deployed by."""
        return self.state / "programs"

    @property
    def upgrades(self) -> Path:
        """The notes of ``portal upgrade``, one file for each release."""
        return self.state / "upgrades"

    def stack_record_file(self, stack: str) -> Path:
        """What the first ``portal up`` of a stack decided."""
        return self.records / f"{stack}.json"

    def forward_file(self, stack: str) -> Path:
        """The process that forwards a stack's port, while one runs."""
        return self.state / "forwards" / f"{stack}.json"

    def stack_names(self) -> list[str]:
        """The stacks that have a committed file."""
        return sorted(
            path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in self.stacks.glob("Pulumi.*.yaml")
        )

    def stack_file(self, stack: str) -> Path:
        """The committed file of a stack."""
        return self.stacks / f"Pulumi.{stack}.yaml"

    def generated_stack_file(self, stack: str) -> Path:
        """The complete stack file that ``portal up`` writes for a local stack, generated values included."""
        return self.records / f"Pulumi.{stack}.yaml"

    def passphrase_file(self, stack: str) -> Path:
        """The passphrase that protects the generated stack file's secrets; mode 0600."""
        return self.records / f"{stack}.passphrase"

    def preflight_file(self, stack: str) -> Path:
        """Which cluster a stack is in, and what preflight accepted for it."""
        return self.state / "preflight" / f"{stack}.json"

    def last_apply_file(self, stack: str) -> Path:
        """What the last ``portal up`` of a stack left in its cluster."""
        return self.state / "last_apply" / f"{stack}.json"

    def relative(self, path: Path) -> str:
        """A path as people see it: relative to the checkout if it is inside."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def cache_folder() -> Path:
    """The folder for downloads and built tools, shared by all checkouts (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # Relative paths are to be ignored (https://specifications.freedesktop.org/basedir-spec/latest).
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "portal"
