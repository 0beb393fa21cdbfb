"""A preview as Markdown, for a comment on a pull request. The same changes always give the same text.

Whatever a pull request chooses, such as names and values, stands in code blocks. There it is text: no link, no mention,
no heading, no comment of HTML (https://github.github.com/gfm/#fenced-code-blocks).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from portal.base.echo import printable
from portal.graph.preview.comparison import StackChange
from portal.graph.preview.lines import details, headline
from portal.release.difference_lines import Section

# A comment on GitHub has at most 65,536 characters.
BUDGET = 60_000
# What finds the comment again, to edit it.
MARKER = "<!-- portal preview -->"
# What is left out first if there is too much of it.
_DROPPED = ("app-config keys", "npm packages", "app-config", "portal.yaml", "resources")


def comment(changes: Sequence[StackChange], base: str, budget: int = BUDGET) -> str:
    """The preview within a budget of characters. Leaves out whole subjects, and says which ones."""
    for count in range(len(_DROPPED) + 1):
        text = summary(changes, base, _DROPPED[:count])
        if len(text) <= budget:
            return text
    return _cut(changes, base, budget)


def summary(changes: Sequence[StackChange], base: str, without: Collection[str] = ()) -> str:
    """The whole preview, for a job's summary. ``without`` are the titles of subjects to leave out."""
    blocks = [_head(changes, base)]
    if without:
        blocks.append(f"Left out, because it is too long: {', '.join(without)}. The job's summary has all of it.")
    for change in changes:
        if change.is_empty:
            continue
        shown = [one for one in details(change) if one.title not in without]
        inner = _code(_lines(change.warnings, shown))
        blocks.append(f"<details><summary>{headline(change)}</summary>\n\n{inner}\n\n</details>")
    return "\n\n".join(blocks) + "\n"


def _head(changes: Sequence[StackChange], base: str) -> str:
    lines = [MARKER, "### Preview", "", f"Compared with commit {base[:12]}.", ""]
    lines += [
        f"- {'**Look.** ' if change.warnings or change.new_faults else ''}{headline(change)}" for change in changes
    ]
    return "\n".join(lines)


def _lines(warnings: Sequence[str], shown: Sequence[Section]) -> list[str]:
    lines = [f"! {one}" for one in warnings]
    for one in shown:
        lines += [f"# {one.title}", *one.lines]
    return [printable(line).replace("\n", " ") for line in lines]


def _code(lines: Sequence[str]) -> str:
    """A code block whose fence is longer than any in it."""
    text = "\n".join(lines)
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}diff\n{text}\n{fence}"


def _cut(changes: Sequence[StackChange], base: str, budget: int) -> str:
    """Headlines only, as many as there is room for."""
    end = "\n\nThe rest is too long. The job's summary has all of it.\n"
    text = _head(changes, base)
    if len(text) + len(end) > budget:
        text = text[: budget - len(end)].rpartition("\n")[0]
    return text + end
