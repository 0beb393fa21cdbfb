"""A key is renamed, and everything else of the file stays as its author wrote it."""

from __future__ import annotations

import pytest

from portal.base.yaml_document import parse_document
from portal.stackfile.exact_edit import has, with_renamed, with_scalar

# Lists as few libraries write them, quotes, blank lines, comments everywhere.
FILE = """\
# What this portal is.
backstage: 1.54.0  # pinned
plugins:
  - scaffolder   # first
  - sentry: {organization: 'acme'}

appConfig:
  # Ours.
  catalog:
    rules: [{allow: [Component]}]

    # Why we do this.
    stitching:
      # Slowly.
      interval: {seconds: 5}  # measured
      limits:
      - 1
      # More.
      - 2
    # Of the next key.
    readonly: true
  techdocs:
    builder: "external"
"""


def renamed(old: str, new: str, text: str = FILE) -> str | None:
    return with_renamed(text, ("appConfig", *old.split(".")), ("appConfig", *new.split(".")))


def test_a_value_changes_alone() -> None:
    text = with_scalar(FILE, ("backstage",), "1.55.0")
    assert text == FILE.replace("backstage: 1.54.0  #", "backstage: 1.55.0  #")
    flow = with_scalar(
        'packages: {frontend: {"@a/b": 1.0.0, "@a/c": "2.0.0"}}\n', ("packages", "frontend", "@a/c"), "3.0.0"
    )
    assert flow == 'packages: {frontend: {"@a/b": 1.0.0, "@a/c": 3.0.0}}\n'


def test_another_word_for_a_key_is_one_word() -> None:
    assert renamed("catalog.stitching", "catalog.joining") == FILE.replace("    stitching:", "    joining:")
    flow = "appConfig: {catalog: {a: 1, b: 2}} # why\n"
    assert renamed("catalog.a", "catalog.c", flow) == "appConfig: {catalog: {c: 1, b: 2}} # why\n"


def test_a_key_moves_with_its_value_and_its_comments() -> None:
    assert (
        renamed("catalog.stitching", "techdocs.queue.joining")
        == """\
# What this portal is.
backstage: 1.54.0  # pinned
plugins:
  - scaffolder   # first
  - sentry: {organization: 'acme'}

appConfig:
  # Ours.
  catalog:
    rules: [{allow: [Component]}]

    # Of the next key.
    readonly: true
  techdocs:
    builder: "external"
    queue:
      # Why we do this.
      joining:
        # Slowly.
        interval: {seconds: 5}  # measured
        limits:
        - 1
        # More.
        - 2
"""
    )


def test_a_mapping_of_which_nothing_is_left_goes() -> None:
    assert renamed("techdocs.builder", "docs.how.builder") == FILE.replace(
        '  techdocs:\n    builder: "external"\n', '  docs:\n    how:\n      builder: "external"\n'
    )
    # And the one that the key stays below does not.
    assert renamed("a.b", "a.c.d", "appConfig:\n  a:\n    b: 1\n") == "appConfig:\n  a:\n    c:\n      d: 1\n"
    assert renamed("a.b", "c", "appConfig:\n  a:\n    b: 1  # why\n") == "appConfig:\n  c: 1  # why\n"


@pytest.mark.parametrize(
    "text",
    [
        "appConfig: {a: {b: 1, x: 2}}  # why\nplugins: []\n",
        "appConfig:\n  # why\n  a: {b: 1}\n  x: 3\n",
        "appConfig:\n  a: {b: 1}\n  x: 3\n  c: {e: 3}\n",
        "appConfig:\n  a:\n    b: |\n      why\n\n      two\n    x: 2",
        "appConfig:\n  a: &all\n    b: 1\n  x: *all # why\n",
        "appConfig:\n    a:\n        b: [1,\n  2]\n        why: 2\n",
        "appConfig: {a: {b: 1}}\n",
    ],
)
def test_whatever_the_style_the_value_is_there(text: str) -> None:
    changed = renamed("a.b", "c.d", text)
    assert changed is not None
    before, after = (parse_document(one.encode(), "").data["appConfig"] for one in (text, changed))
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert not has(after, ("a", "b"))
    assert has(after, ("c", "d"))
    assert "# why" not in text or "# why" in changed


@pytest.mark.parametrize(
    "text",
    ["appConfig:\n  a: {b: 1}  # why\n  x: 3\n", "appConfig:\n  a: # why\n    b: 1\n  c: {e: 3}\n"],
)
def test_a_comment_that_would_be_lost_is_left_to_a_person(text: str) -> None:
    assert renamed("a.b", "c.d", text) is None
