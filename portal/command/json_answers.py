"""What the verbs answer with ``--json``: one object on standard output, its keys stable within a major version.

The page docs/reference/json.md is generated from these models. New keys may be added; none is renamed or taken away
without a line in the changelog. Times are ISO 8601 in UTC, durations seconds, sizes bytes.
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from portal.base.echo import escaped
from portal.base.errors import InputError, PortalError
from portal.models.base import Model

_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?")


class JsonAnswer(Model):
    """A model that is built by the names of its fields and shown in camelCase."""

    model_config = ConfigDict(validate_by_name=True)


class FindingAnswer(JsonAnswer):
    """One mistake in the input."""

    file: str
    """The file or the option of the command line; empty if neither is at fault."""

    line: int | None = None
    """The line in the file, from 1, if it is known."""

    column: int | None = None
    """The column, from 1, if it is known."""

    key: str
    """The key in the file; empty if no single value is wrong."""

    got: str
    """The wrong value, or what was found. Never a secret's value."""

    allowed: str
    """The allowed values; empty if no single value is wrong."""

    fix: str
    """What to do."""

    sentence: str
    """All of it, as people read it."""

    check: str | None = None
    """The id of the check that found it; absent for what keeps a file from being read. docs/reference/checks.md lists
    the ids."""


class ErrorBody(JsonAnswer):
    """Why a command failed."""

    message: str
    """The text on standard error."""

    exit_code: int
    """The exit code: 2 for input that can be corrected (nothing was applied), 1 for everything else."""

    findings: tuple[FindingAnswer, ...] = ()
    """All mistakes in the input; empty if something else went wrong."""


class ErrorAnswer(JsonAnswer):
    """The answer of every verb that fails, except `portal check`, which answers with its findings."""

    error: ErrorBody
    """Why it failed."""


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
        check=error.check or None,
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


def shown(answer: BaseModel) -> str:
    """An answer as text. Keys that are absent are left out, and control characters escaped."""
    return escaped(answer.model_dump_json(by_alias=True, exclude_none=True, indent=1))
