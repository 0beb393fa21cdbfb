"""A sign-in provider's record says what the published package has: its id, its keys, and whom its resolvers find."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from portal.appconfig.schema import merged_schema
from portal.appconfig.undeclared import UNDECLARED, VALUES, with_undeclared
from portal.appconfig.validate import schema_findings
from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.checks.doors import check_doors
from portal.checks.people import check_people
from portal.checks.resolvers import BY_LOCAL_PART, check_resolvers
from portal.plan import Plan
from portal.plugins.load import load_sign_in
from portal.plugins.record import SignInRecord
from portal.release.account_records import account_records
from portal.release.locked import composition_id
from portal.release.manifest import manifest_for
from portal.release.release import read_portal
from portal.stack.sign_in import ENVIRONMENT
from tests.support.app_config import planned
from tests.support.shared_stack import SHARED, nested, sentences
from tests.support.sign_in_modules import listed_resolvers, modules

MODULES = modules()
BY_ID = {module["provider"]: (package, module) for package, module in MODULES.items()}
RECORDS = {name: record for name, record in load_sign_in().items() if not record.anyone}
# What a stack signs people in with itself, and what a proxy signs its word for.
OAUTH = [name for name, record in RECORDS.items() if not record.proxied]
SIGNED = [name for name, record in RECORDS.items() if record.signs_in_at is not None]
# The code has them, and they find nobody.
IDLE = {"bitbucket": {"emailMatchingUserEntityProfileEmail", BY_LOCAL_PART}}
PEOPLE = "content/catalog/organization.yaml"


def options(record: SignInRecord) -> dict[str, Any]:
    """Every option with its example, but for those of resolvers, which have defaults."""
    own = {name: option for name, option in record.options.items() if name not in ("resolver", "allowedDomains")}
    return {name: option.example for name, option in own.items()}


def with_module(checkout: Checkout, name: str) -> None:
    """Put a provider into the portal, with its package's schema, as if it were locked."""
    file = checkout.portal_file
    file.write_text(file.read_text().replace("signIn: [oidc]", f"signIn: [{name}]"))
    _, _, composition = read_portal(checkout)
    locked = {"composition": composition_id(composition)}
    package, module = BY_ID[name]
    for part in ("config-schema.json", "migrations.json"):
        content: dict[str, Any] = {**json.loads((checkout.app / part).read_text()), **locked}
        if part == "config-schema.json" and not any(one["package"] == package for one in content["schemas"]):
            content["schemas"].append({"package": package, "schema": module["schema"]})
        (checkout.app / part).write_text(json.dumps(content))


def with_people(checkout: Checkout, *users: Mapping[str, Any]) -> None:
    """Only these Users in the catalog: each its spec's profile and its annotations."""
    file = checkout.root / PEOPLE
    group = file.read_text().partition("---\n")[0]
    entities: list[dict[str, Any]] = [
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "User",
            "metadata": {"name": f"ada-{number}", "annotations": user.get("annotations", {})},
            "spec": {"profile": user.get("profile", {}), "memberOf": []},
        }
        for number, user in enumerate(users)
    ]
    file.write_text("---\n".join([group, *(f"{json.dumps(one)}\n" for one in entities)]))


def stack(checkout: Checkout, name: str, more: Mapping[str, Any] | None = None, **changes: Any) -> Plan:
    """A stack that others reach, whose people sign in with a provider. It has every secret that it needs."""
    chosen = {"provider": name, **options(RECORDS[name]), **(more or {})}
    given = {**SHARED, "appConfig": {}, "signIn": chosen, **changes}
    needs = planned(checkout, {**given, "secrets": {}}).needs
    return planned(checkout, {**given, "secrets": dict.fromkeys(needs, "v")})


def each(names: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", names)


@each(list(RECORDS))
def test_a_record_is_of_the_module_that_was_looked_at(name: str, checkout: Checkout) -> None:
    package, module = BY_ID[name]
    ((pinned_name, pinned),) = RECORDS[name].packages.backend.items()
    manifest = manifest_for(checkout.app, "1.55.0", "test")
    assert (pinned_name, manifest.version(package, pinned, "test", "packages")) == (package, module["version"])
    assert (module["role"], module["plugin"]) == ("backend-plugin-module", "auth")


@each(list(RECORDS))
def test_a_record_lists_the_resolvers_of_the_code(name: str) -> None:
    record, code = RECORDS[name], set(BY_ID[name][1]["resolvers"])
    assert {*record.resolvers} == code - IDLE.get(name, set())
    default = record.options["resolver"].default if "resolver" in record.options else record.resolver
    assert default in record.resolvers
    assert default != BY_LOCAL_PART
    assert ("allowedDomains" in record.options) == ("resolver" in record.options and BY_LOCAL_PART in record.resolvers)


def test_what_schemas_do_not_list_is_what_the_corrections_add() -> None:
    listed = {name: listed_resolvers(module["schema"]) for name, module in MODULES.items() if module["schema"]}
    missing = {name: set(MODULES[name]["resolvers"]) - found for name, found in listed.items()}
    corrected = with_undeclared([{"package": name, "schema": MODULES[name]["schema"]} for name in listed])
    added = {entry["package"]: listed_resolvers(entry["schema"]) - listed[entry["package"]] for entry in corrected}
    assert added == missing
    of_modules = [one for one in (*UNDECLARED, *VALUES) if one.package in MODULES]
    assert {one.package for one in of_modules} == {name for name, some in missing.items() if some}
    assert all(one.version == MODULES[one.package]["version"] for one in of_modules)


@each([*OAUTH, *SIGNED])
def test_the_keys_of_a_sample_are_those_of_the_package(name: str, checkout: Checkout) -> None:
    """Alone: another package of the image declares providers of any shape."""
    with_module(checkout, name)
    package, module = BY_ID[name]
    schemas = with_undeclared([{"package": package, "schema": module["schema"]}])
    for resolver in RECORDS[name].resolvers:
        more = {"resolver": resolver} if "resolver" in RECORDS[name].options else {}
        domains = {"allowedDomains": ["acme.example"]} if resolver == BY_LOCAL_PART else {}
        data = stack(checkout, name, {**more, **domains}).app_config.data
        section = data["auth"]["providers"][name]
        place = f"auth.providers.{name}"
        if name in OAUTH:
            assert list(section) == [data["auth"]["environment"]] == [ENVIRONMENT]
            place, section = f"{place}.{ENVIRONMENT}", section[ENVIRONMENT]
        assert schema_findings(nested(place, section), merged_schema(schemas)) == []
        assert schema_findings(nested(place, {**section, "clientID": "a"}), merged_schema(schemas))


@each([*OAUTH, *SIGNED])
def test_a_stack_whose_people_are_known_is_accepted(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    compared = stack(checkout, name).resolved.providers[name].compares
    annotations = {one: "a" for one in compared.values() if one not in ("name", "email")}
    with_people(checkout, {"profile": {"email": "ada@acme.example"}, "annotations": annotations})
    for resolver in compared:
        more = {"resolver": resolver} if "resolver" in RECORDS[name].options else {}
        domains = {"allowedDomains": ["acme.example"]} if resolver == BY_LOCAL_PART else {}
        assert sentences(stack(checkout, name, {**more, **domains})) == []


@each([*OAUTH, *SIGNED])
def test_a_stack_whose_people_are_nowhere_is_told_what_to_add(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    nobody: dict[str, Any] = {}
    for users in ((), (nobody,)):
        with_people(checkout, *users)
        compared = stack(checkout, name).resolved.providers[name].compares
        for resolver, what in compared.items():
            plan = stack(checkout, name, {"resolver": resolver})
            said = [error.sentence for error in check_people(plan)]
            if what == "name" and users:
                assert said == []
                continue
            (one,) = said
            assert f"people sign in with {plan.resolved.sign_in.title}".lower() in one.lower()
            words = {"email": "with an email address in spec.profile.email", "name": "add a User for each person"}
            assert words.get(what, f"with the annotation {what}").lower() in one.lower()


@each(OAUTH)
def test_organization_data_counts_as_people(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    with_people(checkout)
    assert list(check_people(stack(checkout, name, appConfig=nested("catalog.providers.acme", {"id": "a"})))) == []


@each([name for name in OAUTH if BY_ID[name][1]["schema"]])
def test_what_a_schema_lists_and_the_code_lacks_is_refused(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    listed = listed_resolvers(BY_ID[name][1]["schema"])
    for resolver in listed - set(RECORDS[name].resolvers):
        written = {"signIn": {"resolvers": [{"resolver": resolver}]}}
        plan = stack(checkout, name, appConfig=nested(f"auth.providers.{name}.{ENVIRONMENT}", written))
        said = [error.sentence for error in check_resolvers(plan)]
        assert any(f'resolvers[0].resolver: got "{resolver}"' in sentence for sentence in said)


@each([name for name in [*OAUTH, *SIGNED] if "allowedDomains" in RECORDS[name].options])
def test_the_first_half_of_an_address_is_nobody_without_its_domain(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    (said,) = [error.sentence for error in check_resolvers(stack(checkout, name, {"resolver": BY_LOCAL_PART}))]
    assert "portal:signIn.allowedDomains: got nothing" in said
    (said,) = [error.sentence for error in check_resolvers(stack(checkout, name, {"allowedDomains": ["a.example"]}))]
    assert "people of other domains get in all the same" in said


@each([name for name in OAUTH if RECORDS[name].open_to_anyone])
def test_accounts_of_any_organization_are_refused(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    for option, values in RECORDS[name].open_to_anyone.items():
        assert option in RECORDS[name].options
        for value in values:
            (said,) = [error.sentence for error in check_resolvers(stack(checkout, name, {option: value}))]
            assert f'portal:signIn.{option}: got "{value}"' in said
            written = nested(f"auth.providers.{name}.{ENVIRONMENT}.{option}", f"${{A:-{value}}}")
            (said,) = [error.sentence for error in check_resolvers(stack(checkout, name, appConfig=written))]
            assert f"app-config auth.providers.{name}.{ENVIRONMENT}.{option}" in said


@each(OAUTH)
def test_the_app_has_an_api_for_a_provider_or_makes_one(name: str, checkout: Checkout) -> None:
    """Backstage's own ids: frontend-plugin-api 0.18.1, apis/definitions/auth."""
    with_module(checkout, name)
    _, _, composition = read_portal(checkout)
    (shown,) = [one for one in account_records(composition)["providers"] if one["id"] == name]
    assert shown.get("api") == f"core.auth.{name}" or "openid" in shown["scopes"]
    assert ("api" in shown) != ("scopes" in shown)


@each(SIGNED)
def test_a_proxy_is_believed_as_the_settings_say_and_nowhere_else(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    plan = stack(checkout, name)
    assert list(check_doors(plan)) == []
    assert plan.resolved.signs_in_at in {
        f"https://{name}" for name in ("acme.cloudflareaccess.com", "accounts.google.com")
    }
    for written in ({"audience": "another"}, {"sessionDuration": "1h"}):
        changed = stack(checkout, name, appConfig=nested(f"auth.providers.{name}", written))
        assert any("believes headers" in error.sentence for error in check_doors(changed))
    beside = {**SHARED, "appConfig": nested(f"auth.providers.{name}", {"audience": "a"})}
    assert any("believes headers" in error.sentence for error in check_doors(planned(checkout, beside)))


@each(SIGNED)
def test_a_proxy_is_not_in_front_of_this_machine(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    with pytest.raises(InputError, match="an address that the proxy serves"):
        planned(checkout, {"signIn": {"provider": name, **options(RECORDS[name])}})


@each(SIGNED)
def test_the_app_asks_nobody_whom_a_proxy_has_signed_in(name: str, checkout: Checkout) -> None:
    with_module(checkout, name)
    _, _, composition = read_portal(checkout)
    (shown,) = [one for one in account_records(composition)["providers"] if one["id"] == name]
    assert shown["proxied"] is True
