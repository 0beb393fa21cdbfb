"""How this program fails: with input that a person can correct (a value or a situation), or with anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches

from portal.base.echo import printable
from portal.base.json_types import is_list, is_mapping

QUOTED_LENGTH = 80
_USER_INFO = re.compile(r"(?<=://)[^/?#\s\"']*@")
_WORD = re.compile(r"[a-z][a-z'-]*[,;]?")


class PortalError(Exception):
    """Something other than the input went wrong: a tool, a network, a cluster. One sentence. Exit code 1."""

    @property
    def last_line(self) -> str:
        """What a program said last, if this is its failure: mostly the reason."""
        return str(self).strip().splitlines()[-1].strip()


class InputError(PortalError):
    """Input that a person can correct: a wrong value. Exit code 2.

    It reads ``file:line: key: got X, expected Y. Fix.`` ``where`` is a file (with line and column if they are known) or
    an option of the command line. ``others`` are further errors that were found at the same time. ``check`` is the id
    of the check that found it; empty for what no check of a plan finds, such as broken YAML.
    """

    check = ""

    def __init__(self, *, where: str, key: str, got: str, allowed: str, fix: str) -> None:
        # Whatever was written, and wherever it came from: no part repeats the credentials of an address.
        self.where, self.key, self.got, self.allowed, self.fix = (
            _USER_INFO.sub("...@", part) for part in (where, key, got, allowed, fix)
        )
        self.others: tuple[InputError, ...] = ()
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        place = f"{self.where}: {self.key}" if self.key else self.where
        return _one_line(
            f"{place}: got {self.got}, expected {self.allowed}. {_as_sentence(_once(self.fix, self.allowed))}"
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """This error's sentence and those of the others."""
        return (self.sentence, *(error.sentence for error in self.others))


class SituationError(InputError):
    """Input that a person can correct, where no single value is wrong. Exit code 2.

    It reads ``What is the case. What to do.``, after ``where`` if it concerns a file.
    """

    def __init__(self, what: str, fix: str, *, where: str = "") -> None:
        super().__init__(where=where, key="", got=what, allowed="", fix=fix)

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        place = f"{self.where}: " if self.where else ""
        return _one_line(f"{place}{_as_sentence(self.got)} {_as_sentence(self.fix)}")


def _once(fix: str, allowed: str) -> str:
    """A fix that lists the same words as what is allowed does not list them again."""
    words, listed = (set(re.split(r", | or | \(", text.partition("one of ")[2] or text)) for text in (fix, allowed))
    return "choose one of these" if fix.startswith("choose one of ") and words <= listed else fix


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _as_sentence(text: str) -> str:
    """With a full stop, and with a capital letter unless it begins with a key, a file or something else to type."""
    begins_with_a_word = _WORD.fullmatch(text.partition(" ")[0]) is not None
    shown = f"{text[:1].upper()}{text[1:]}" if begins_with_a_word else text
    return shown + ("" if shown.endswith(("?", ".", "!")) else ".")


def raise_first(errors: Iterable[InputError]) -> None:
    """Raise the first error, with the others attached. Do nothing if there is none."""
    found = list(errors)
    if found:
        first = found[0]
        first.others = tuple(found[1:])
        raise first


def closest(got: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """The known word that a misspelled one most likely stands for, if any is close. ``cutoff`` is 1 for the same."""
    return get_close_matches(got, sorted(known), n=1, cutoff=cutoff)


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """The fix for an unknown word: the closest known one, or all of them if none is close."""
    names = sorted(known)
    close = closest(got, names)
    if close:
        return f"did you mean {close[0]}?"
    return f"choose one of {', '.join(names)}" if names else "remove it"


def one_of(names: Iterable[str]) -> str:
    """The allowed words as an error names them: ``a or b``, and from three on ``one of a, b, c``."""
    listed = list(names)
    return " or ".join(listed) if len(listed) <= 2 else f"one of {', '.join(listed)}"


def quoted(value: object) -> str:
    """A value as an error shows it: short, on one line, without the credentials of an address.

    Never call it with a secret's value. A mapping or a list is only named, as it may hold secrets.
    """
    if is_mapping(value):
        return "a mapping"
    if is_list(value):
        return "a list"
    if not isinstance(value, str):
        return _short(json.dumps(value, default=str))
    one_line = value.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return _short(f'"{_USER_INFO.sub("...@", printable(one_line))}"')


def _short(text: str) -> str:
    return text if len(text) <= QUOTED_LENGTH else f"{text[: QUOTED_LENGTH - 3]}..."
