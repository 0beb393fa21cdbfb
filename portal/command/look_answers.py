"""What ``portal status`` and ``portal doctor`` answer with ``--json``: what was seen of a portal, and of a machine."""

from __future__ import annotations

from collections.abc import Mapping

from portal.command.answers import Answer


class PodAnswer(Answer):
    """One pod of the portal or of its database."""

    name: str
    """Its name in the cluster."""

    component: str
    """`backstage` or `database`."""

    state: str
    """What it does now, in a few words: `Running`, `postgres starts`, `backstage: CrashLoopBackOff`, `ends`."""

    ready: bool
    """Whether it serves."""

    restarts: int
    """How often its containers were started again."""

    last_end: str | None = None
    """Why a container ended the last time: `OOMKilled`, `Error (exit code 1)`."""

    created: str
    """When the pod was made."""

    started: str | None = None
    """Since when its container runs."""

    image: str | None = None
    """The image that its container runs."""


class WorkloadAnswer(Answer):
    """A Deployment or StatefulSet."""

    name: str
    """Its name in the cluster."""

    kind: str
    """`Deployment` or `StatefulSet`."""

    ready: int
    """Pods that serve."""

    wanted: int
    """Pods that should."""


class BackendAnswer(Answer):
    """One backend plugin, asked through the portal's address: one replica answers."""

    id: str
    """Its id: it answers at `/api/<id>`."""

    healthy: bool
    """Whether it has started, serves requests, and reads its database."""

    detail: str
    """`answers`, or what is wrong with it."""


class PluginAnswer(Answer):
    """One plugin of the catalogue, as this stack has it."""

    id: str
    """Its name in `portal.yaml`."""

    title: str
    """Its name for people."""

    state: str
    """`healthy`, `unhealthy`, `page only` (no backend to ask), `waits` (for an account), `off` or `unknown`."""

    backends: tuple[BackendAnswer, ...]
    """Its backend plugins."""


class LinkAnswer(Answer):
    """A page of the portal."""

    name: str
    """What is there."""

    url: str
    """Its address."""


class StatusAnswer(Answer):
    """`portal status --json`. Exit code 0 whether or not the portal answers: read `answers`."""

    stack: str
    """The stack."""

    title: str
    """The portal's name."""

    url: str
    """Its address."""

    answers: bool
    """Whether the portal says at its address that it is ready."""

    reason: str | None = None
    """Why it does not."""

    release: str
    """The release that the stack points to."""

    image: str | None = None
    """The image of that release, by digest; absent before the first build."""

    current: bool | None = None
    """Whether every pod of the portal runs that image; absent where no pod could be seen."""

    engine: str | None = None
    """`pulumi` or `kubectl`; absent before the first `portal up`."""

    cluster: str | None = None
    """`node`, `kind` or `context`; absent before the first `portal up`."""

    cluster_runs: bool
    """Whether the cluster runs, as far as this machine can say."""

    cluster_reason: str | None = None
    """Why nothing could be read from the cluster."""

    workloads: tuple[WorkloadAnswer, ...] = ()
    """What should run."""

    pods: tuple[PodAnswer, ...] = ()
    """What runs."""

    plugins: tuple[PluginAnswer, ...] = ()
    """Every plugin."""

    connected: tuple[str, ...] = ()
    """Services that are linked."""

    waiting: tuple[str, ...] = ()
    """Services that are ready to connect."""

    disabled: tuple[str, ...] = ()
    """Plugins that this stack switches off."""

    links: tuple[LinkAnswer, ...] = ()
    """Pages to open."""


class NeedAnswer(Answer):
    """One thing that a path needs."""

    path: str
    """The path: `any path`, `building`, `cluster: our own node` and so on."""

    what: str
    """What is needed."""

    here: bool
    """Whether this machine has it."""

    needed: bool
    """Whether the path is closed without it; else `portal up` gets it, or does without."""

    detail: str
    """What was found, or what is missing."""

    fix: str | None = None
    """How to get it: a command to type, or an address."""


class PathAnswer(Answer):
    """One way to run a portal from this machine."""

    name: str
    """The path."""

    possible: bool
    """Whether all that it needs is here."""

    missing: tuple[str, ...]
    """What is not."""


class DoctorAnswer(Answer):
    """`portal doctor --json`. Exit code 0 whatever is missing."""

    findings: tuple[NeedAnswer, ...]
    """What each path needs."""

    paths: tuple[PathAnswer, ...]
    """Which paths are open now."""

    caches: Mapping[str, int]
    """What is kept in the user's cache folder: bytes by name."""

    debian_packages: dict[str, bool]
    """The Debian packages that our own node uses, and whether each is installed."""
