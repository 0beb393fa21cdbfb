"""Everything that differs between two releases is named, and what may stop something that works now is said first."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.release.bundle import BuiltFrom, Release
from portal.release.config_schemas import ConfigSchemas
from portal.release.difference import ReleaseDifference, VersionChange, declared_keys, release_difference
from portal.release.release import workspace_release

CATALOG = "@backstage/plugin-catalog-backend"
ADDITIVE = "20260904000000_fix_search_entity_id_ndistinct.js"
NO_WAY_BACK = "20260510000000_search_indices_and_dedup.js"
UNKNOWN = "20991231000000_of_tomorrow.js"


def schemas(*keys: str) -> ConfigSchemas:
    properties: dict[str, Any] = {key: {"type": "string"} for key in keys}
    return ConfigSchemas("c", ({"package": "p", "schema": {"type": "object", "properties": properties}},))


def with_parts(release: Release, packages: dict[str, tuple[str, ...]], *migrations: str, **changes: Any) -> Release:
    parts = BuiltFrom.model_validate(
        {
            "lock": "lock",
            "content": "content",
            "packages": packages,
            "migrations": {CATALOG: {"plugin": "catalog", "names": migrations}},
        }
    )
    return release.model_copy(update={"built_from": parts, **changes})


@pytest.fixture
def release(checkout: Checkout) -> Release:
    return with_parts(workspace_release(checkout).release, {"knex": ("3.1.0",)}, ADDITIVE)


def compared(before: Release, after: Release) -> ReleaseDifference:
    return release_difference(before, after, schemas("a"), schemas("a"))


def test_a_release_is_like_itself(release: Release) -> None:
    found = compared(release, release)
    assert found.breaking == ()
    assert (found.portal, found.packages, found.migrations) == ((), (), ())
    assert found.same_image
    assert found.same_content


def test_plugins_and_values_are_named(release: Release) -> None:
    plugins = {name: record for name, record in release.plugins.items() if name != "sentry"}
    portal = release.portal.model_copy(update={"organization": "Somebody"})
    found = compared(release, release.model_copy(update={"plugins": plugins, "portal": portal}))
    assert found.removed_plugins == ("sentry",)
    assert "sentry is no longer in the portal" in found.breaking
    assert [one.line for one in found.portal] == ['- organization: "Acme"', '+ organization: "Somebody"']
    assert compared(release.model_copy(update={"plugins": plugins}), release).added_plugins == ("sentry",)


def test_a_record_that_changed_is_named(release: Release) -> None:
    another = release.plugins["sentry"].model_copy(update={"title": "Another title"})
    found = compared(release, release.model_copy(update={"plugins": {**release.plugins, "sentry": another}}))
    assert found.changed_plugins == ("sentry",)


def test_packages_are_compared_in_all_versions(release: Release) -> None:
    after = with_parts(release, {"knex": ("3.1.0", "3.2.0"), "pg": ("8.0.0",)}, ADDITIVE)
    assert compared(release, after).packages == (
        VersionChange("knex", ("3.1.0",), ("3.1.0", "3.2.0")),
        VersionChange("pg", (), ("8.0.0",)),
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((), (ADDITIVE,), None),
        ((ADDITIVE,), (), None),
        ((), (NO_WAY_BACK,), "impossible to go back without a backup: deletes duplicate rows"),
        ((NO_WAY_BACK,), (), "which this release does not know"),
        ((), (UNKNOWN,), "was not reviewed: it may be impossible to go back"),
        ((UNKNOWN,), (), "which this release does not know"),
    ],
)
def test_a_migration_that_bars_the_way_back_is_said(
    release: Release, before: tuple[str, ...], after: tuple[str, ...], said: str | None
) -> None:
    """A release works with later migrations only if somebody found that they harm nothing."""
    found = compared(with_parts(release, {}, *before), with_parts(release, {}, *after))
    assert len(found.migrations or ()) == 1
    assert [said in sentence for sentence in found.breaking] == [True] if said is not None else found.breaking == ()


def test_what_a_release_does_not_record_is_no_empty_list(release: Release) -> None:
    """A release of format 3 says nothing about its packages. That is not the same as having none."""
    found = compared(release.model_copy(update={"built_from": None}), release)
    assert (found.packages, found.migrations, found.same_content) == (None, None, None)
    assert "it may be impossible to go back" in found.breaking[0]


def test_a_key_that_no_package_declares_any_more_is_said(release: Release) -> None:
    found = release_difference(release, release, schemas("a", "b"), schemas("b", "c"))
    assert (found.gone_keys, found.new_keys) == (("a",), ("c",))
    assert "no package declares the app-config key a any more" in found.breaking


def test_keys_are_found_wherever_a_schema_can_have_them() -> None:
    schema: dict[str, Any] = {
        "properties": {
            "list": {"items": {"properties": {"inner": {}}}},
            "any": {"additionalProperties": {"properties": {"value": {}}}},
            "one": {"oneOf": [{"properties": {"left": {}}}, {"properties": {"right": {}}}]},
        },
        "allOf": [{"properties": {"both": {}}}],
    }
    found = declared_keys(ConfigSchemas("c", ({"package": "p", "schema": schema}, {"package": "q"})))
    assert found == {"list", "list[].inner", "any", "any.*.value", "one", "one.left", "one.right", "both"}
