"""The page of the checks, from the checks themselves and from the files that they decide about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.generate.settings import cell
from portal.appconfig.undeclared import UNDECLARED, VALUES
from portal.base.json_types import is_mapping
from portal.checks import CHECKS
from portal.checks.start_rules import RULES
from tests.support.cases import OK, check_of, expectation

ROOT = Path(__file__).parents[2]
_ROLE = re.compile(r":\w+:`~?([^`]+)`|``(.+?)``")


def checks() -> Iterator[str]:
    """Each check with its id, what it holds, why, and files that it refuses and accepts."""
    cases = sorted((ROOT / "tests" / "cases").glob("*/*.yaml"))
    yield "`portal check` runs every check, and so does each deployment before it touches anything. They need no build"
    yield "and no network. [What is checked](../how-to/what-is-checked-before.md) says what else is looked at. With"
    yield "`--json`, a finding has the id of its check. Broken YAML, unknown keys and wrong values of `portal.yaml` and"
    yield "of a stack's file are found before, as the files are read, and have no id."
    yield ""
    yield "[The case files](../../tests/cases/README.md) are mistakes, many of them from public reports, and what"
    yield "is right instead. One check alone decides about those below: a test switches it off, and sees them pass."
    yield ""
    yield from ("| id | about |", "|---|---|")
    yield from (f"| [`{check.id}`](#{check.id}) | {_line(check.holds.partition(chr(10) * 2)[0])} |" for check in CHECKS)
    yield ""
    for check in CHECKS:
        yield f"## {check.id}"
        yield ""
        for text in (check.holds, check.reason):
            for part in text.split("\n\n"):
                yield from (_line(part), "")
        own = [case for case in cases if check_of(case) == check.id]
        yield from _files("Refused", [case for case in own if expectation(case) != OK])
        yield from _files("Accepted", [case for case in own if expectation(case) == OK])
    yield from _sources()


def _sources() -> Iterator[str]:
    """Where the schemas and the code of installed packages disagree, each with the code that was read."""
    yield from ("## What code demands, and no schema says", "")
    yield "`start-rules` refuses what the code would, at its start or in silence."
    yield ""
    yield from ("| key | package | its code |", "|---|---|---|")
    yield from (f"| `{_key(one.path)}` | {one.package} {one.version} | {cell(one.source)} |" for one in RULES)
    yield ""
    yield from ("## What code reads, and no schema declares", "")
    yield "`config:check --strict` refuses these, and `config-schema` accepts them."
    yield ""
    yield from ("| key | accepted | package | its code |", "|---|---|---|---|")
    for extra in UNDECLARED:
        keys = ", ".join(f"`{key}`" for key in extra.keys)
        source = f"{extra.package} {extra.version} | {cell(extra.source)}"
        yield f"| beside `{_key(extra.beside)}` | {keys} | {source} |"
    for more in VALUES:
        words = ", ".join(f"`{_word(value)}`" for value in more.values)
        yield f"| `{_key(more.at)}` | {words} | {more.package} {more.version} | {cell(more.source)} |"


def _key(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".[]", "[]")


def _word(value: Any) -> str:  # noqa: ANN401 - a part of a schema
    """A word, or of a shape the one that chooses it."""
    constants = [one["const"] for one in value["properties"].values() if "const" in one] if is_mapping(value) else []
    return str(constants[0] if constants else value)


def _files(word: str, cases: list[Path]) -> Iterator[str]:
    if cases:
        links = (f"[{case.stem}](../../{case.relative_to(ROOT).as_posix()})" for case in cases)
        yield from (f"{word}: {', '.join(links)}.", "")


def _line(text: str) -> str:
    """A paragraph of a docstring in Markdown."""
    return _ROLE.sub(lambda found: f"`{found[1] or found[2]}`", " ".join(text.split()))
