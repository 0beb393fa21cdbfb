"""What the verbs answer with ``--json``: one object on standard output, its keys stable within a major version.

The page docs/reference/json.md is generated from these models. New keys may be added; none is renamed or taken away
without a line in the changelog. Times are ISO 8601 in UTC, durations seconds, sizes bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ConfigDict

from portal.errors import InputError, PortalError
from portal.models.base import Model

_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?")


class Answer(Model):
    """A model that is built by the names of its fields and shown in camelCase."""

    model_config = ConfigDict(validate_by_name=True)


class FindingAnswer(Answer):
    """One mistake in what a person wrote."""

    file: str
    """The file, or the option of the command line, that holds it."""

    line: int | None = None
    """The line in the file, from 1, where it is known."""

    column: int | None = None
    """The column, from 1, where it is known."""

    key: str
    """The key in the file; empty where there is none."""

    got: str
    """What was found; never a secret's value."""

    allowed: str
    """What may stand there."""

    fix: str
    """What to do."""

    sentence: str
    """All of it in one sentence, as people get it."""


class ErrorBody(Answer):
    """Why a command failed."""

    message: str
    """What people get on standard error."""

    exit_code: int
    """2 for input that can be corrected (nothing was applied), 1 for everything else. The command ends with it."""

    findings: tuple[FindingAnswer, ...] = ()
    """Each mistake of the input; empty where something else went wrong."""


class ErrorAnswer(Answer):
    """What every verb answers where it fails, whatever it answers otherwise. `portal check` answers its findings."""

    error: ErrorBody
    """Why."""


class CheckAnswer(Answer):
    """`portal check --json`. Exit code 2 where there are findings."""

    stack: str
    """The stack that was checked."""

    findings: tuple[FindingAnswer, ...]
    """Every mistake; empty for a stack that may be deployed."""

    plugins: int | None = None
    """How many plugins it has; absent where its files could not be read."""

    secrets: int | None = None
    """How many secrets it needs."""

    release: str | None = None
    """The release that it points to."""

    built: bool | None = None
    """Whether that release has an image."""


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


class ImageAnswer(Answer):
    """One image."""

    name: str
    """Its name, without digest."""

    reference: str
    """`name@digest`: what a pod runs."""

    digests: dict[str, str]
    """The digest by platform."""

    origin: str
    """`built` or `assembled` here, or `public`."""

    archive: str | None = None
    """Its OCI archive in the checkout, while no registry has it."""

    archive_bytes: int | None = None
    """The archive's size."""


class BuildAnswer(Answer):
    """`portal build --json`."""

    release: str
    """`workspace`, or with `--push` the id to write into a stack as `portal:release`."""

    images: dict[str, ImageAnswer]
    """`portal` and `database`."""

    seconds: float
    """How long it took; next to nothing where nothing changed."""


class ChangesAnswer(Answer):
    """What an apply did, as `kind/name`."""

    created: tuple[str, ...]
    """New objects."""

    changed: tuple[str, ...]
    """Objects that differ from before."""

    deleted: tuple[str, ...]
    """Objects that are no longer wanted."""

    unchanged: int
    """How many stayed as they were."""


class UpAnswer(Answer):
    """`portal up --json`: the portal answers."""

    stack: str
    """The stack."""

    title: str
    """The portal's name."""

    url: str
    """Where it answers."""

    release: str
    """The release that was deployed."""

    engine: str
    """`pulumi` or `kubectl`."""

    changes: ChangesAnswer | None = None
    """What changed; absent with `pulumi`, whose own account is on standard error."""

    waiting: tuple[str, ...]
    """Services that are ready to connect."""

    seconds: float
    """How long it took."""


class DownAnswer(Answer):
    """`portal down --json`."""

    stack: str
    """The stack."""

    stopped: bool
    """False where there was nothing to stop."""

    data_deleted: bool
    """Whether its data is gone."""


class CatalogueAnswer(Answer):
    """One entry of `portal plugins --json`."""

    id: str
    """Its name in `portal.yaml`."""

    title: str
    """Its name for people."""

    summary: str
    """What it gives."""

    core: bool
    """Whether it is part of every portal."""

    in_portal: bool
    """Whether this checkout's portal has it."""


class PluginsAnswer(Answer):
    """`portal plugins --json`. With a name: that plugin's record, as its file in portal/catalogue/records has it."""

    plugins: tuple[CatalogueAnswer, ...]
    """The catalogue."""


def finding(error: InputError) -> FindingAnswer:
    """A mistake, with its place taken apart."""
    place = _PLACE.fullmatch(error.where)
    file, line, column = place.group("file", "line", "column") if place else (error.where, None, None)
    return FindingAnswer(
        file=file,
        line=int(line) if line else None,
        column=int(column) if column else None,
        key=error.key,
        got=error.got,
        allowed=error.allowed,
        fix=error.fix,
        sentence=error.sentence,
    )


def findings_of(error: InputError) -> tuple[FindingAnswer, ...]:
    """A mistake and those that were found with it."""
    return tuple(finding(one) for one in (error, *error.others))


def error_answer(error: PortalError) -> ErrorAnswer:
    """A failure as an answer."""
    if isinstance(error, InputError):
        message, found = "\n".join(error.sentences), findings_of(error)
        return ErrorAnswer(error=ErrorBody(message=message, exit_code=2, findings=found))
    return ErrorAnswer(error=ErrorBody(message=str(error), exit_code=1))


def usage_answer(message: str) -> ErrorAnswer:
    """A command line that is no command, as an answer."""
    return ErrorAnswer(error=ErrorBody(message=message, exit_code=2))


def shown(answer: Answer) -> str:
    """An answer as text. Keys that are absent are left out."""
    return answer.model_dump_json(by_alias=True, exclude_none=True, indent=1)
