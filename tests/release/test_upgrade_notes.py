"""The notes of an upgrade: what matters first, nothing of it alive, within a budget, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portal.release.changelog import Change
from portal.release.difference import MigrationChange, VersionChange
from portal.release.upgrade_notes import Upgrade, notes

GOLDEN = Path(__file__).parent.parent / "golden" / "upgrade-notes.md"
SAME = Change("4.0.0", breaking=False, text="Use locale-insensitive casing.")
UPGRADE = Upgrade(
    "1.54.0",
    "1.55.0",
    edits=("portal.yaml: backstage is 1.55.0 instead of 1.54.0",),
    open_points=("the registry has no @backstage/plugin-org 0.7.7: 0.7.8 was taken, its nearest later patch",),
    findings=("stacks/Pulumi.dev.yaml:12: appConfig.catalog.mode: got a key that no package declares.",),
    unused=("@backstage/plugin-x is left out: none of its versions depends on packages of this release",),
    packages=(
        VersionChange("@backstage/plugin-catalog-backend", ("3.9.0",), ("4.0.0",)),
        VersionChange("@backstage/plugin-org", ("0.7.8",), ("0.7.9",)),
        VersionChange("left-pad", ("1.0.0",), ()),
    ),
    changes={
        "@backstage/plugin-catalog-backend": [
            Change(
                "4.0.0",
                breaking=True,
                text=f"**BREAKING**: Gone. {'A long word or two. ' * 8}\n\n- `a`: b\n  - c",
            ),
            SAME,
            Change("4.0.0", breaking=False, text="Only here."),
        ],
        "@backstage/plugin-org": [SAME],
    },
    gone_keys=("catalog.stitchingStrategy.mode",),
    new_keys=("scaffolder.taskRecovery",),
    migrations=(MigrationChange("@backstage/plugin-catalog-backend", "catalog", "1.js", added=True, additive=True),),
    template=("--- package.json", "+++ package.json", "-old", "+new"),
)


def test_the_notes_are_these(update_golden: bool) -> None:
    text = notes(UPGRADE)
    if update_golden:
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_what_others_wrote_stays_in_a_code_block() -> None:
    evil = "```\n# Heading\n@everyone <!-- x --> [a](b) ````\x1b]52;c;ZXZpbA==\x07\n~~~\n</details>"
    changes = {"@backstage/`<b>@everyone`": [Change("2.0.0", breaking=True, text=evil)]}
    packages = (VersionChange("@backstage/`<b>@everyone`", ("`1`",), ("\x1b[31m2",)),)
    text = notes(replace(UPGRADE, changes=changes, packages=packages, edits=(evil,), template=(evil,)))
    outside: list[str] = []
    fence = ""
    for line in text.splitlines():
        mark = line[: len(line) - len(line.lstrip("`"))]
        if fence and line == fence:
            fence = ""
        elif not fence and len(mark) >= 3:
            fence = mark
        elif not fence:
            outside.append(line)
    assert fence == ""
    alive = "\n".join(outside)
    assert "# Heading" not in alive
    assert "<b>" not in alive
    assert "<!--" not in alive
    assert "\x1b" not in text


@pytest.mark.parametrize("budget", [900, 1_500, 4_000, 30_000])
def test_they_keep_within_a_budget_and_say_what_is_missing(budget: int) -> None:
    many = {
        f"@backstage/plugin-{number}": [
            Change("1.0.0", breaking=number % 10 == 0, text=f"Change {number}. " + "Words. " * 40) for _ in range(3)
        ]
        for number in range(100)
    }
    text = notes(replace(UPGRADE, changes=many), budget)
    assert len(text) <= budget
    assert "On the commit before this one, `portal upgrade 1.55.0 --dry-run --draft` prints all of it." in text
    # A reader sees first what has to be corrected, and no block stays open.
    assert text.index("Correct this") < 400
    assert text.count("\n```") % 2 == 0


def test_an_upgrade_without_anything_to_say_says_what_to_do() -> None:
    text = notes(Upgrade("1.0.0", "1.0.1", built=True))
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Upgrade Backstage from 1.0.0 to 1.0.1",
        "## What to do next",
    ]
    assert "portal build  " not in text
