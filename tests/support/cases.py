"""What has to happen with a case file: its first line says so.

``# ok``, or ``# error: `` and words of the sentence that refuses it. Only letters and digits count, in any case;
``...`` stands for whatever else is between two of its parts. Each line that follows may say one thing more:

- ``# from: owner/repository#1, ...``: the public reports of this mistake, or of this false alarm.
- ``# check: id``: the check that alone decides. Without it, the file is accepted.
- ``# stack: name``: the name of the stack that the file is of; otherwise it is ``local``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

OK = "ok"
_LINE = re.compile(r"# (from|check|stack): (.+)")
_REPORT = re.compile(r"[\w.-]+/[\w.-]+#[1-9][0-9]*")


def expectation(case: Path) -> str:
    """``ok``, or the words of the refusal."""
    first = case.read_text().partition("\n")[0]
    found = re.fullmatch(r"# (?:(ok)|error: (.+))", first)
    assert found is not None, f"{case.name} begins with `{first}`: write `# ok` or `# error: ...`"
    return found[1] or found[2]


def stack_of(case: Path) -> str:
    """The name of the stack that the case is the file of."""
    return _said(case).get("stack", "local")


def reports_of(case: Path) -> tuple[str, ...]:
    """The public reports that the case was made from."""
    reports = tuple(filter(None, _said(case).get("from", "").split(", ")))
    assert all(map(_REPORT.fullmatch, reports)), f"{case.name}: write `# from: owner/repository#1, ...`"
    return reports


def check_of(case: Path) -> str | None:
    """The check that alone decides about the case, if it says so."""
    return _said(case).get("check")


def _said(case: Path) -> Mapping[str, str]:
    """What the lines below the first one say, up to any other line."""
    said: dict[str, str] = {}
    for line in case.read_text().splitlines()[1:]:
        found = _LINE.fullmatch(line)
        if found is None:
            break
        said[found[1]] = found[2]
    return said


def says(sentence: str, expected: str) -> bool:
    """Whether a sentence has the parts of an expectation, in their order."""
    parts = [re.escape(_words(part)) for part in expected.split("...")]
    return re.search(" .*".join(rf"\b{part}\b" for part in parts), _words(sentence)) is not None


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
