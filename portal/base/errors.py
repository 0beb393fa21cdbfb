"""The two ways in which this project fails: input that a person can correct, and the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches


class PortalError(Exception):
    """Something outside the input went wrong: a tool, a network, a cluster. One sentence; exit code 1."""


class InputError(PortalError):
    """Input that a person can correct, as one sentence: where, key, what was got, what is allowed, the fix.

    ``where`` is a file (with line and column where they are known) or the command line. Exit code 2.
    ``others`` are further errors found in the same reading, each a sentence of its own.
    """

    def __init__(self, *, where: str, key: str, got: str, allowed: str, fix: str) -> None:
        self.where = where
        self.key = key
        self.got = got
        self.allowed = allowed
        self.fix = fix
        self.others: tuple[InputError, ...] = ()
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The whole error in one sentence."""
        place = f"{self.where}: {self.key}" if self.key else self.where
        end = "" if self.fix.endswith(("?", ".")) else "."
        return f"{place}: got {self.got}, allowed is {self.allowed}; {self.fix}{end}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """This error's sentence and those of the others."""
        return (self.sentence, *(error.sentence for error in self.others))


def raise_first(errors: Iterable[InputError]) -> None:
    """Raise the first error, carrying the others; do nothing where there is none."""
    found = list(errors)
    if found:
        first = found[0]
        first.others = tuple(found[1:])
        raise first


def closest(got: str, known: Iterable[str]) -> list[str]:
    """The known word that a misspelt one most likely stands for, if any is near."""
    return get_close_matches(got, sorted(known), n=1, cutoff=0.6)


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """Name the closest known word, or all of them where none is close: the fix of an unknown key."""
    names = sorted(known)
    close = closest(got, names)
    if close:
        return f"did you mean {close[0]}?"
    return f"choose one of {', '.join(names)}" if names else "remove it"


def quoted(value: object) -> str:
    """A value as it appears in an error: short, never a secret's."""
    text = f'"{value}"' if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
