"""A comment fits, shows the worst first, and is text: whatever a pull request chooses, it stands in a code block."""

from __future__ import annotations

import re

import pytest

from portal.base.difference import Difference
from portal.graph.difference import ResourceChange
from portal.graph.preview.comparison import LATER, ON_MERGE, SecretChange, StackChange
from portal.graph.preview.markdown import BUDGET, MARKER, comment, summary

BASE = "3f6c1a0e8d2b4c5f6a7980b1c2d3e4f506172839"


def change(stack: str = "dev", values: int = 1, text: str = "value", **more: object) -> StackChange:
    found = tuple(Difference(("key", number), text, added=True) for number in range(values))
    resource = ResourceChange("Deployment", "backstage", "changed", stateful=False, fields=found)
    return StackChange(stack, ON_MERGE, ("r-a", "r-a"), resources=(resource,), app_config=found, **more)  # pyright: ignore[reportArgumentType]


def outside_of_code(text: str) -> str:
    return re.sub(r"^(`{3,})diff\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_it_begins_with_its_marker_and_says_what_it_compared() -> None:
    text = comment([change()], BASE)
    assert text.startswith(MARKER)
    assert BASE[:12] in text


def test_the_same_changes_are_the_same_bytes() -> None:
    assert comment([change(), change("prod")], BASE) == comment([change(), change("prod")], BASE)


def test_stacks_without_a_change_are_one_line() -> None:
    nothing = StackChange("prod", ON_MERGE, ("r-a", "r-a"))
    text = comment([nothing], BASE)
    assert "prod: nothing changes on merge" in text
    assert "<details>" not in text


@pytest.mark.parametrize(
    "text",
    [
        "```\n# A heading\n```",
        "`````",
        "@everybody",
        "<!-- portal preview -->",
        "</details><script>",
        "[a](http://example.org)",
        "a | b",
        "\x1b[31mred\u202e",
    ],
)
def test_what_a_pull_request_chooses_is_text(text: str) -> None:
    secret = SecretChange("TOKEN", "added")
    said = comment([change(text=text, secrets=(secret,), new_faults=(text,))], BASE)
    rest = outside_of_code(said)
    assert text == MARKER or text not in rest
    assert rest.count(MARKER) == 1
    assert "@everybody" not in rest
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert rest.count("<details>") == rest.count("</details>") == 1


def test_too_much_is_left_out_subject_by_subject_and_said() -> None:
    many = [change(f"stack-{number}", values=400, text="v" * 100) for number in range(5)]
    text = comment(many, BASE)
    assert len(summary(many, BASE)) > BUDGET >= len(text)
    assert "Left out, because it is too long" in text
    assert all(f"stack-{number}, on merge: 1 changed" in text for number in range(5))


def test_even_headlines_fit() -> None:
    many = [StackChange(f"stack-{number}", LATER, ("r-a", "r-a")) for number in range(5000)]
    text = comment(many, BASE)
    assert len(text) <= BUDGET
    assert text.endswith("The job's summary has all of it.\n")


def test_secrets_are_named_and_warnings_come_first() -> None:
    lost = ResourceChange("PersistentVolumeClaim", "data", "deleted", stateful=True)
    one = StackChange("prod", ON_MERGE, ("a", "b"), (lost,), secrets=(SecretChange("SENTRY_TOKEN", "removed"),))
    lines = comment([one], BASE).splitlines()
    assert "- **Look.** prod, on merge: 1 deleted" in lines
    code = lines[lines.index("```diff") + 1 :]
    assert code[0] == "! PersistentVolumeClaim data is deleted: its data may be lost"
    assert "SENTRY_TOKEN: removed" in code
