"""The changes of a stack as lines that people read, by subject."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from portal.base.difference import Difference
from portal.base.yaml_document import show_path
from portal.graph.preview.comparison import StackChange
from portal.release.difference_lines import Section, sections

# Longer values are whole files, such as an app-config in a ConfigMap. Their keys are compared by themselves.
LONGEST = 160


def headline(change: StackChange) -> str:
    """What changes in a stack, in one line."""
    if change.is_empty:
        return f"{change.stack}: nothing changes {change.when}"
    if change.gone:
        return (
            f"{change.stack}: its file is gone. What runs stays until `portal down`, from a checkout that has the file"
        )
    if not change.compared:
        why = "the checks refuse it" if change.refused else "the checks refused it before, so it is not compared"
        return f"{change.stack}, {change.when}: {why}"
    words = [one.word for one in change.resources]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    return f"{change.stack}, {change.when}: {counts or 'no resource changes'}"


def details(change: StackChange) -> list[Section]:
    """Everything that changes, the most important subjects first."""
    before, after = change.release
    every = [
        Section("release", [f"{before or 'none'} -> {after or 'none'}"] if before != after else []),
        Section(
            "checks",
            [f"! {one}" for one in change.new_faults] + [f"~ no longer: {one}" for one in change.mended_faults],
        ),
        Section("secrets", [f"{one.name}: {one.state}" for one in change.secrets]),
        Section("resources", list(_resources(change))),
        Section("app-config", list(_values(change.app_config))),
        *(sections(change.portal) if change.portal is not None else []),
    ]
    return [one for one in every if one.lines]


def _resources(change: StackChange) -> Iterator[str]:
    signs = {"created": "+", "deleted": "-", "will be refused": "!", "replaced": "!"}
    for one in change.resources:
        yield f"{signs.get(one.word, '~')} {one.word}: {one.kind} {one.name}"
        yield from (f"{line[:1]}     {line[2:]}" for line in _values(one.fields))


def _values(found: Iterable[Difference]) -> Iterator[str]:
    said: set[str] = set()
    for one in found:
        if len(json.dumps(one.value, ensure_ascii=False)) <= LONGEST:
            yield one.line
            continue
        line = f"~ {show_path(one.path)}: a long value that differs"
        if line not in said:
            said.add(line)
            yield line
