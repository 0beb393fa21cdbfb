"""What the verbs answer with ``--json``: one object on standard output, its keys stable within a major version.

The page docs/reference/json.md is generated from these models. New keys may be added; none is renamed or taken away
without a line in the changelog. Times are ISO 8601 in UTC, durations seconds, sizes bytes.
"""

from __future__ import annotations

import re

from pydantic import ConfigDict

from portal.base.errors import InputError, PortalError
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


class LibraryEntry(Answer):
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
    """`portal plugins --json`. With a name: that plugin's record, as its file in portal/plugins/records has it."""

    plugins: tuple[LibraryEntry, ...]
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


def shown(answer: Answer) -> str:
    """An answer as text. Keys that are absent are left out."""
    return answer.model_dump_json(by_alias=True, exclude_none=True, indent=1)
