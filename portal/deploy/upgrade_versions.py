"""Which release of Backstage a checkout is upgraded to, and from which one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from portal.base.errors import InputError, SituationError, quoted
from portal.base.progress import Progress
from portal.image.create_app import CREATE_APP, CreateApp
from portal.release.release_versions import is_release, parsed


def newest_release(progress: Progress) -> str:
    """The newest stable release that npm has."""
    with progress.phase(f"Find the newest {CREATE_APP}"), tempfile.TemporaryDirectory() as temporary:
        return CreateApp(Path(temporary)).newest_release()


def require_release(text: str) -> str:
    """A release that somebody asks for. InputError for anything that is not the number of a stable one."""
    if is_release(text):
        return text
    raise InputError(
        where="portal upgrade",
        key="VERSION",
        got=quoted(text),
        allowed="a stable release of Backstage",
        fix="write all three numbers (`portal upgrade 1.56.0`), or none for the newest release",
    )


def require_later(before: str, after: str) -> None:
    """SituationError unless ``after`` is a later release than ``before``."""
    if parsed(after) == parsed(before):
        raise SituationError(f"portal.yaml has Backstage {before} already", "write a later release")
    if parsed(after) < parsed(before):
        raise SituationError(
            f"portal.yaml has Backstage {before}, and an upgrade only leads to a later release than that",
            "let a stack go back to what it ran before with `portal rollback STACK`, or undo an upgrade that was merged"
            " by reverting its commit (`git revert`)",
        )
