"""What a person reads before they merge an upgrade of Backstage, as Markdown. The same upgrade gives the same text.

Changelogs, names and values come from others. They stand in code blocks, where they are text: no link, no mention, no
heading (https://github.github.com/gfm/#fenced-code-blocks).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from portal.base.echo import printable
from portal.release.changelog import Change
from portal.release.difference import MigrationChange, VersionChange
from portal.release.difference_lines import migration_line, package_line
from portal.release.manifest import SCOPE

# The text of a pull request on GitHub has at most 65,536 characters.
BUDGET = 60_000
WIDTH = 110
# Room for the end of a code block.
_CLOSING = 100
# What is left out first if there is too much of it.
_DROPPED = (
    *("Packages that this portal does not have", "Other npm packages", "Backstage's packages", "Other changes"),
    "The template of new apps",
)


@dataclass(frozen=True)
class Upgrade:
    """An upgrade from one release of Backstage to another.

    ``edits`` are what was changed, ``open_points`` what a person has to look at, ``findings`` what has to be corrected
    before the upgrade is merged, and ``unused`` what should be reviewed of packages that this portal does not have: all
    sentences. ``changes`` are from the changelogs, by package. ``template`` are the lines of a unified difference.
    """

    before: str
    after: str
    edits: tuple[str, ...] = ()
    open_points: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    packages: tuple[VersionChange, ...] = ()
    changes: Mapping[str, Sequence[Change]] | None = None
    gone_keys: tuple[str, ...] = ()
    new_keys: tuple[str, ...] = ()
    migrations: tuple[MigrationChange, ...] = ()
    template: tuple[str, ...] = ()
    built: bool = False

    @property
    def branch(self) -> str:
        """The branch that has it."""
        return branch_of(self.after)

    @property
    def title(self) -> str:
        """One line that says what it is."""
        return f"Upgrade Backstage from {self.before} to {self.after}"

    @property
    def breaking(self) -> int:
        """How many changes break something, as their authors say."""
        return sum(change.breaking for found in (self.changes or {}).values() for change in found)


def branch_of(release: str) -> str:
    """The branch of an upgrade to a release."""
    return f"upgrade-{release}"


def notes(upgrade: Upgrade, budget: int | None = None) -> str:
    """All notes, or as many whole sections as a budget of characters has room for. It is said which are left out."""
    every = list(_sections(upgrade))
    if budget is None:
        return _text(upgrade, every, ())
    for count in range(len(_DROPPED) + 1):
        text = _text(upgrade, every, _DROPPED[:count])
        if len(text) <= budget:
            return text
    end = f"\n\nThe rest is too long. {_all_of_it(upgrade)}\n"
    lines = _text(upgrade, every, _DROPPED)[: budget - len(end) - _CLOSING].splitlines()[:-1]
    fence = _open_fence(lines)
    return "\n".join([*lines, *([fence] if fence else [])]) + end


def _all_of_it(upgrade: Upgrade) -> str:
    """Where the rest is. This commit has the new release already."""
    draft = " --draft" if upgrade.findings else ""
    return f"On the commit before this one, `portal upgrade {upgrade.after} --dry-run{draft}` prints all of it."


def _open_fence(lines: Sequence[str]) -> str:
    """The fence of the code block in which a text ends; empty if it ends outside of one."""
    fence = ""
    for line in lines:
        mark = line[: len(line) - len(line.lstrip("`"))]
        if fence and line == fence:
            fence = ""
        elif not fence and len(mark) >= len("```"):
            fence = mark
    return fence


def _text(upgrade: Upgrade, every: Sequence[tuple[str, str]], without: Collection[str]) -> str:
    blocks = [f"# {upgrade.title}"]
    left = [title for title, _ in every if title in without]
    if left:
        blocks.append(f"Left out, because it is too long: {', '.join(left)}. {_all_of_it(upgrade)}")
    blocks += [f"## {title}\n\n{body}" for title, body in every if title not in without]
    return "\n\n".join(blocks) + "\n"


def _sections(upgrade: Upgrade) -> Iterator[tuple[str, str]]:
    """The titles and texts of all sections that have something to say."""
    yield from _of_sentences(upgrade)
    breaking, other = _of_changelogs(upgrade)
    yield from breaking
    if upgrade.migrations:
        yield "Database migrations", _code([migration_line(one) for one in upgrade.migrations], "diff")
    keys = [*(f"- {key}" for key in upgrade.gone_keys), *(f"+ {key}" for key in upgrade.new_keys)]
    if keys:
        yield "Keys of app-config", _code(keys, "diff")
    if upgrade.template:
        yield "The template of new apps", _code(upgrade.template, "diff")
    yield from other
    ours = [one for one in upgrade.packages if one.name.startswith(SCOPE)]
    others = [one for one in upgrade.packages if not one.name.startswith(SCOPE)]
    for title, packages in (("Backstage's packages", ours), ("Other npm packages", others)):
        if packages:
            yield title, _folded(f"{len(packages)} packages", _code([package_line(one) for one in packages], "diff"))
    if upgrade.unused:
        yield "Packages that this portal does not have", _items(upgrade.unused)
    yield "What to do next", _next_steps(upgrade)


def _of_sentences(upgrade: Upgrade) -> Iterator[tuple[str, str]]:
    for title, sentences in (
        ("Correct this before you merge", upgrade.findings),
        ("Look at this", upgrade.open_points),
        ("What was changed", upgrade.edits),
    ):
        if sentences:
            yield title, _items(sentences)


def _of_changelogs(upgrade: Upgrade) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The section of breaking changes, and the one of the others, if there are any."""
    changes = upgrade.changes or {}
    breaking = {name: [one for one in found if one.breaking] for name, found in changes.items()}
    other = {name: [one for one in found if not one.breaking] for name, found in changes.items()}
    return (
        [("Breaking changes", _by_package(breaking, upgrade.packages))] if any(breaking.values()) else [],
        [("Other changes", "\n\n".join(_other_changes(other, upgrade.packages)))] if any(other.values()) else [],
    )


def _next_steps(upgrade: Upgrade) -> str:
    build = "" if upgrade.built else "portal build                 # does our own code still fit?\n"
    return (
        "```sh\n"
        f"git switch {upgrade.branch}\n"
        "portal check --all\n"
        f"{build}"
        "portal up                    # the local stack, on a database with data\n"
        "portal build --push ...      # after the merge: a release that stacks can take over\n"
        "```\n\n"
        "Each deployment says which migrations it runs. `portal rollback STACK` goes back over the additive ones."
    )


def _items(sentences: Sequence[str]) -> str:
    return _code([line for one in sentences for line in _wrapped(f"- {one}", "  ")])


def _by_package(changes: Mapping[str, Sequence[Change]], packages: Sequence[VersionChange]) -> str:
    versions = {one.name: one for one in packages}
    blocks = [
        f"### `{_name(name)}` {_versions(versions.get(name))}\n\n{_code(_change_lines(found))}"
        for name, found in sorted(changes.items())
        if found
    ]
    return "\n\n".join(blocks)


def _other_changes(changes: Mapping[str, Sequence[Change]], packages: Sequence[VersionChange]) -> Iterator[str]:
    """Changes that several packages have in the same words, once, and then those of each package alone."""
    having: dict[str, list[str]] = {}
    for name, found in sorted(changes.items()):
        for text in dict.fromkeys(change.text for change in found):
            having.setdefault(text, []).append(name)
    shared = {text: names for text, names in having.items() if len(names) > 1}
    if shared:
        lines = [
            line
            for text, names in shared.items()
            for line in (*_words(text), *_wrapped(f"  ({len(names)} packages: {', '.join(names)})", "   "))
        ]
        yield f"### In several packages\n\n{_code(lines)}"
    own = {name: [one for one in found if one.text not in shared] for name, found in changes.items()}
    if any(own.values()):
        yield _by_package(own, packages)


def _versions(one: VersionChange | None) -> str:
    return f"{_name(', '.join(one.before))} → {_name(', '.join(one.after))}" if one is not None else ""


def _name(text: str) -> str:
    """A name or a version outside of a code block: what cannot be in one is left out."""
    return re.sub(r"[^\w@/., +-]", "", text)


def _change_lines(changes: Sequence[Change]) -> list[str]:
    return [line for change in changes for line in _words(change.text)]


def _words(text: str) -> list[str]:
    """A change as a list item, with its lines as long as people read them."""
    first, *rest = text.splitlines() or [""]
    lines = _wrapped(f"- {first}", "  ")
    for line in rest:
        inner = line.lstrip()
        indent = " " * (len(line) - len(inner) + (4 if inner.startswith(("- ", "* ")) else 2))
        lines += _wrapped(f"  {line}", indent) if line.strip() else [""]
    return lines


def _wrapped(line: str, indent: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    return wrap(
        line,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    )


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _code(lines: Sequence[str], language: str = "") -> str:
    """A code block whose fence is longer than any in it."""
    text = "\n".join(printable(line) for line in lines)
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
