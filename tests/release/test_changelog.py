"""Changelogs in the form in which Backstage's packages have them."""

from __future__ import annotations

from portal.release.changelog import changes_between

CHANGELOG = """\
# @backstage/plugin-catalog-backend

## 4.0.0

### Major Changes

- b0d8a53: **BREAKING**: Removed the deprecated `CodeOwnersProcessor` export. To retain it:

  - `CodeOwnersProcessor`: install the [module](https://example.test)

  ```ts
  - backend.add(import('old'));
  ## not a heading
  + backend.add(import('new'));
  ```

### Minor Changes

- d07e99e: Updated links.

  **BREAKING**: Components no longer accept `render`.

- ee97130: Added support for `techdocs.generator.pullOptions`.

### Patch Changes

- 736d84e: Use locale-insensitive casing.
- chore: no commit here
- Updated dependencies
  - @backstage/integration@2.1.2
- Updated dependencies [1234567]
  - @backstage/config@1.3.9

## 4.0.0-next.1

### Major Changes

- b0d8a53: **BREAKING**: Removed the deprecated `CodeOwnersProcessor` export, once more.

## 3.9.1

### Patch Changes

- aaaaaaa: A fix.

## 3.9.0

### Minor Changes

- bbbbbbb: **BREAKING**: Known before.
"""


def texts(before: str, after: str, changelog: str = CHANGELOG) -> list[str]:
    return [change.text.splitlines()[0] for change in changes_between(changelog, before, after)]


def test_only_what_lies_between_counts_and_what_breaks_comes_first() -> None:
    assert texts("3.9.0", "4.0.0") == [
        "**BREAKING**: Removed the deprecated `CodeOwnersProcessor` export. To retain it:",
        "Updated links.",
        "Added support for `techdocs.generator.pullOptions`.",
        "Use locale-insensitive casing.",
        "chore: no commit here",
        "A fix.",
    ]
    assert texts("3.9.0", "3.9.1") == ["A fix."]
    assert texts("4.0.0", "4.0.0") == texts("4.0.0", "3.9.0") == []


def test_a_breaking_change_is_what_its_author_or_a_major_version_says() -> None:
    found = changes_between(CHANGELOG.replace("**BREAKING**: Removed", "Removed"), "3.9.0", "4.0.0")
    assert [change.breaking for change in found] == [True, True, False, False, False, False]
    assert [change.version for change in found] == ["4.0.0"] * 5 + ["3.9.1"]


def test_a_change_has_all_of_its_text() -> None:
    first = changes_between(CHANGELOG, "3.9.0", "4.0.0")[0].text
    assert first.endswith("```ts\n- backend.add(import('old'));\n## not a heading\n+ backend.add(import('new'));\n```")
    assert "\n- `CodeOwnersProcessor`: install" in first


def test_what_is_no_changelog_says_nothing() -> None:
    assert texts("1.0.0", "2.0.0", "") == texts("1.0.0", "2.0.0", "# A title\n\nSome words.\n\n- 1\n") == []
    assert changes_between(CHANGELOG, "3.9.0-next.1", "4.0.0") == []
    assert texts("3.9.0", "4.0.0", CHANGELOG.replace("\n", "\r\n")) == texts("3.9.0", "4.0.0")
