"""Written rules say which keys of app-config were renamed or removed; a schema says which of the used ones are gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.base.errors import InputError
from portal.release.changed_keys import RULES, changed_keys, undeclared_paths, what_became_of
from portal.release.config_schemas import read_config_schemas
from portal.release.difference import declared_keys
from portal.release.release_versions import is_release
from tests.support.checkouts import ACME

FILES = {
    "1.9.0": "renamed: {a.b: a.c}\n",
    "1.10.0": "renamed: {a.c: d}\nremoved: {x.y: 'remove it'}\n",
    "1.11.0": "removed: {z: 'use w'}\n",
}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    for release, text in FILES.items():
        (tmp_path / f"{release}.yaml").write_text(text)
    return tmp_path


def test_the_rules_of_all_releases_on_the_way_count_in_their_order(rules: Path) -> None:
    found = changed_keys("1.8.0", "1.10.0", rules)
    assert (found.renamed, dict(found.removed)) == ((("a.b", "a.c"), ("a.c", "d")), {"x.y": "remove it"})
    assert changed_keys("1.10.0", "1.11.0", rules).renamed == ()
    assert changed_keys("1.11.0", "1.12.0", rules).removed == {}


def test_a_key_of_an_older_release_is_known_in_every_later_one() -> None:
    assert what_became_of(("integrations", "azure", 1, "token"), "1.49.0") is not None
    assert what_became_of(("integrations", "azure", 1, "token"), "1.48.0") is None
    assert what_became_of(("integrations", "azure", "token"), "1.55.0") is None


def test_a_rule_that_is_written_wrong_is_an_error_with_its_place(rules: Path) -> None:
    (rules / "1.10.0.yaml").write_text("rename: {a.c: d}\n")
    with pytest.raises(InputError, match=r"portal/release/changed_keys/1\.10\.0\.yaml:1: rename"):
        changed_keys("1.9.0", "1.10.0", rules)


@pytest.mark.parametrize("path", sorted(RULES.iterdir()), ids=lambda path: path.name)
def test_the_rules_of_the_product_can_be_read_and_name_keys_that_are_gone(path: Path) -> None:
    assert path.suffix == ".yaml"
    assert is_release(path.stem)
    found = changed_keys("0.0.0", path.stem)
    assert found.renamed or found.removed
    assert all(text[0].islower() and not text.endswith(".") for text in found.removed.values())
    # The tests' portal has a release that is at least as late: it declares the new keys, and none of the old ones.
    schemas = read_config_schemas(ACME / "app" / "config-schema.json", "", "")
    declared = declared_keys(schemas)
    assert declared.isdisjoint([*found.removed, *(old for old, _ in found.renamed)])
    assert declared.issuperset(new for _, new in found.renamed)


def test_a_used_key_is_gone_if_nothing_declares_it_any_more() -> None:
    used = {
        "a": {"b": 1, "kept": 2},
        "hosts": [{"old": 1}, {"new": 2}],
        "any": {"name": {"x": 1}, "other": {"y": {"z": 2}}},
        "whole": {"inner": {"deep": 1}},
    }
    gone = ["a.b", "a.kept", "hosts[].old", "any.*.x", "whole", "whole.inner", "not.used"]
    declared = ["a", "a.kept", "hosts[].new", "any.*.y"]
    assert [(path, key) for path, key in undeclared_paths(used, gone, declared)] == [
        (("a", "b"), "a.b"),
        (("hosts", 0, "old"), "hosts[].old"),
        (("any", "name", "x"), "any.*.x"),
        (("whole",), "whole"),
    ]
    # What `*` declares is declared.
    assert list(undeclared_paths({"any": {"old": 1}}, ["any.old"], ["any.*"])) == []
