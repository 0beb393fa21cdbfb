"""What runs before Backstage starts is what its plugins would run, and what is not known they run themselves."""

from __future__ import annotations

from typing import Any

from portal.base.checkout import Checkout
from portal.checks.migrations import check_migrations
from portal.plan import load_plan
from portal.release.migrations import PackageMigrations
from portal.stack.migrations import StackMigrations, stack_migrations
from tests.support.app_config import NOT_CONNECTED, planned

SERVICES = "@backstage/backend-defaults"


def package(plugin: str | None, *names: str) -> PackageMigrations:
    return PackageMigrations.model_validate({"plugin": plugin, "names": names})


KNOWN = {
    SERVICES: package(None, "auth/1.js", "scheduler/2.js", "scheduler/3.js"),
    "@acme/catalog": package("catalog", "1.js", "2.js"),
}


def test_each_schema_has_the_migrations_of_every_plugin_and_its_own() -> None:
    found = stack_migrations(KNOWN, ["proxy", "catalog"])
    assert list(found.schemas) == ["catalog", "proxy"]
    shared = [
        ("migrations/auth", "backstage_backend_public_keys__knex_migrations", ("1.js",)),
        ("migrations/scheduler", "backstage_backend_tasks__knex_migrations", ("2.js", "3.js")),
    ]
    own = [("migrations", "knex_migrations", ("1.js", "2.js"))]
    assert [(one.folder, one.table, one.names) for one in found.schemas["proxy"]] == shared
    assert [(one.folder, one.table, one.names) for one in found.schemas["catalog"]] == shared + own
    assert found.all_before_start


def test_a_plugin_with_a_way_of_its_own_migrates_when_it_starts() -> None:
    for unusual in (package("radar"), package("radar", "postgres/1.js")):
        found = stack_migrations({**KNOWN, "@acme/radar": unusual}, ["catalog", "radar"])
        assert (list(found.schemas), found.at_start) == (["catalog"], ("radar",))
        assert found.before_start
        assert not found.all_before_start
        # A plugin that does not run here is nobody's concern.
        assert stack_migrations({**KNOWN, "@acme/radar": unusual}, ["catalog"]).all_before_start


def test_modules_that_share_a_schema_migrate_when_they_start() -> None:
    """Each needs a list of its own, and only its code knows which."""
    found = stack_migrations({**KNOWN, "@acme/catalog-module": package("catalog", "9.js")}, ["catalog", "proxy"])
    assert (list(found.schemas), found.at_start) == (["proxy"], ("catalog",))


def test_without_knowing_everything_nothing_runs_before() -> None:
    nobody_knows: list[Any] = [
        None,
        {},
        {"@acme/catalog": KNOWN["@acme/catalog"]},
        {**KNOWN, SERVICES: package(None, "cache/1.js")},
        {**KNOWN, "@acme/library": package(None, "1.js")},
    ]
    assert [stack_migrations(one, ["catalog"]) for one in nobody_knows] == [StackMigrations()] * len(nobody_knows)


def test_migrations_that_were_reviewed_as_harmless_may_be_there_already() -> None:
    catalog = "@backstage/plugin-catalog-backend"
    later = "20260912000000_refresh_state_maintenance.js"
    services = {SERVICES: KNOWN[SERVICES]}
    found = stack_migrations({**services, catalog: package("catalog", "20200511113813_init.js")}, ["catalog"])
    (own,) = (one for one in found.schemas["catalog"] if one.package == catalog)
    assert later in own.later
    # One that deletes rows is not harmless.
    assert "20260510000000_search_indices_and_dedup.js" not in own.later
    found = stack_migrations({**services, catalog: package("catalog", later)}, ["catalog"])
    (own,) = (one for one in found.schemas["catalog"] if one.package == catalog)
    assert later not in own.later


def test_migrations_that_a_stack_keeps_may_be_there_in_every_list() -> None:
    found = stack_migrations(KNOWN, ["catalog"], ["4.js", "3.js"])
    assert {one.folder: one.later for one in found.schemas["catalog"]} == {
        "migrations/auth": ("3.js", "4.js"),
        "migrations/scheduler": ("4.js",),
        "migrations": ("3.js", "4.js"),
    }


def test_plugins_skip_what_ran_before(checkout: Checkout) -> None:
    database = planned(checkout, {"plugins": NOT_CONNECTED}).app_config.data["backend"]["database"]
    assert database["skipMigrations"] is True
    assert "plugin" not in database


def test_without_a_record_of_migrations_the_checks_say_so(checkout: Checkout) -> None:
    assert list(check_migrations(load_plan(checkout, "local"))) == []
    (checkout.app / "migrations.json").write_text('{"composition": "other", "packages": {}}')
    plan = load_plan(checkout, "local")
    (error,) = check_migrations(plan)
    assert "app/migrations.json" in str(error)
    assert "portal lock" in str(error)
    # Plugins migrate as Backstage has them do.
    assert "skipMigrations" not in plan.app_config.data["backend"]["database"]
