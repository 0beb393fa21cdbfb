"""Where a person looks it is live; anywhere else there are plain lines without control characters."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from portal.base.progress import LiveProgress, PlainProgress, progress_for


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "variables", "kind"),
    [
        (Terminal(), {}, LiveProgress),
        (Terminal(), {"NO_COLOR": "1"}, LiveProgress),
        (Terminal(), {"CI": "true"}, PlainProgress),
        (Terminal(), {"TERM": "dumb"}, PlainProgress),
        (io.StringIO(), {}, PlainProgress),
        (io.StringIO(), {"FORCE_COLOR": "1"}, PlainProgress),
    ],
)
def test_who_gets_what(
    stream: io.StringIO, variables: dict[str, str], kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    progress = progress_for(Console(file=stream))
    assert isinstance(progress, kind)
    with progress.phase("Apply") as phase:
        phase.update("\x1b[32m3 objects\x1b[0m")
    assert ("\x1b" in stream.getvalue()) == (kind is LiveProgress)


def test_a_note_keeps_its_words_and_its_brackets() -> None:
    stream = Terminal()
    LiveProgress(Console(file=stream, width=20, soft_wrap=True)).note("not [bold] but there, whole words")
    assert stream.getvalue().splitlines() == ["not [bold] but ", "there, whole words"]
