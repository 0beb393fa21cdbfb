"""Every record can be used as it stands: nothing in it points to nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import portal.plugins.load
from portal.appconfig.merge import merge
from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.json_types import is_list, is_mapping
from portal.plugins.load import load_plugins, load_sign_in, load_sources
from portal.plugins.record import PluginRecord, Record, SignInRecord, SourceRecord
from portal.plugins.template import fill, placeholders
from portal.release.manifest import manifest_for

PLUGINS, SIGN_IN, SOURCES = load_plugins(), load_sign_in(), load_sources()
RECORDS: list[Record] = [*PLUGINS.values(), *SIGN_IN.values(), *SOURCES.values()]


def each(records: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("record", records, ids=lambda record: f"{type(record).__name__}-{record.id}")


def source_values() -> set[str]:
    return {f"{record.id}.{name}" for record in SOURCES.values() for name in [*record.options, *record.value_names]}


@each([*PLUGINS.values(), *SIGN_IN.values()])
def test_every_text_of_a_record_mentions_what_there_is(record: Record) -> None:
    """In whatever field it stands: a placeholder that is nothing would be an error on every verb."""
    used = placeholders(record.model_dump(exclude={"options"})) - {"value"}
    front = {"issuer", "region"} if isinstance(record, SignInRecord) and record.load_balancer else set[str]()
    assert used <= {*record.options, *source_values(), *front}


@each(list(SOURCES.values()))
def test_a_source_works_its_values_out_in_their_order(record: SourceRecord) -> None:
    for host in record.places:
        known = {*record.options}
        assert next(iter(host.values)) == "apiUrl"
        for name, templates in host.values.items():
            assert placeholders([templates] if isinstance(templates, str) else list(templates)) <= known
            known |= {name, "scheme"}
        assert placeholders([*host.hosts, host.app_config]) <= known
    every = {*record.options, *record.value_names}
    assert placeholders([one.app_config for one in record.credentials.values()]) <= every


@each(RECORDS)
def test_packages_have_an_exact_version(record: Record, repository: Checkout) -> None:
    manifest = manifest_for(repository.app, "1.55.0", "test")
    for name, version in {**record.packages.frontend, **record.packages.backend}.items():
        assert manifest.version(name, version, "test", "packages")[0].isdigit()


def templates(record: Record) -> list[Any]:
    """What of a record is filled where it is used with its secrets."""
    if isinstance(record, PluginRecord):
        return [record.connection.app_config] if record.connection is not None else []
    if isinstance(record, SignInRecord):
        return [record.app_config]
    return [one.app_config for one in record.credentials.values()] if isinstance(record, SourceRecord) else []


def declared(record: Record) -> Iterator[dict[str, Any]]:
    if isinstance(record, PluginRecord) and record.connection is not None:
        yield record.connection.secrets
    elif isinstance(record, SignInRecord):
        yield record.secrets
    elif isinstance(record, SourceRecord):
        yield from (one.secrets for one in record.credentials.values())


@each(RECORDS)
def test_secrets_are_used_and_declared(record: Record) -> None:
    secrets = {name: secret for some in declared(record) for name, secret in some.items()}
    assert set(_secrets(templates(record))) == set(secrets)
    for secret in secrets.values():
        assert "{value}" in secret.format


@each(list(PLUGINS.values()))
def test_a_plugin_without_a_connection_has_no_secret(record: PluginRecord) -> None:
    assert not set(_secrets(record.app_config))


@each(list(PLUGINS.values()))
def test_a_connection_that_may_be_left_open_names_the_parts_to_switch_off(record: PluginRecord) -> None:
    if record.connection is not None and record.packages.frontend:
        assert record.connection.extensions


@each(list(PLUGINS.values()))
def test_every_backend_plugin_has_a_schema_of_its_own(record: PluginRecord) -> None:
    """Measured: each keeps keys in one, so each has a pool (backstage/backstage#30412)."""
    plugins = [name for name in record.packages.backend if name.endswith("-backend")]
    assert len(record.databases) == len(plugins)


@each(list(PLUGINS.values()))
def test_a_plugin_is_about_something(record: PluginRecord) -> None:
    """`other` is for packages without a record."""
    assert record.category != "other"


@each(list(PLUGINS.values()))
def test_a_plugin_that_uses_a_source_says_that_it_needs_it(record: PluginRecord) -> None:
    """Without it in portal.yaml, texts that name its values would be left out. Accounts are a need of their own."""
    used = {name.partition(".")[0] for name in placeholders([record.app_config, list(record.hosts)]) if "." in name}
    assert used <= record.sources.keys()


@each(list(PLUGINS.values()))
def test_two_plugins_that_write_one_key_write_the_same(record: PluginRecord) -> None:
    """Lists and texts replace each other: the later one in the alphabet would win, and nothing would say so."""
    own = _leaves(record)
    for other in PLUGINS.values():
        theirs = _leaves(other)
        assert {key for key in own.keys() & theirs.keys() if own[key] != theirs[key]} == set(), other.id


def _leaves(record: PluginRecord) -> dict[tuple[str, ...], Any]:
    """What a connected plugin writes into app-config, by key. A list is one value."""
    linked = record.connection.app_config if record.connection is not None else {}
    return dict(_below(merge(record.app_config, linked), ()))


def _below(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not is_mapping(value):
        yield path, value
        return
    for key, item in value.items():
        yield from _below(item, (*path, key))


@each(list(SIGN_IN.values()))
def test_who_is_asked_who_they_are_is_found_in_the_catalog(record: SignInRecord) -> None:
    """Without a resolver Backstage lets nobody in."""
    assert record.anyone or record.resolver


@each(list(PLUGINS.values()))
def test_a_secret_is_named_once(record: PluginRecord) -> None:
    """Two records that called their secrets the same would get each other's."""
    own = {name for some in declared(record) for name in some}
    others = {name for other in RECORDS if other is not record for some in declared(other) for name in some}
    assert not own & others


def test_filling_keeps_types_and_leaves_absent_options_out() -> None:
    template = {"a": "{flag}", "b": "x-{name}-y", "c": "{absent}", "d": ["{name}"], "e": "${ENV}", "f": ["{absent}"]}
    values = {"flag": True, "name": "n", "absent": None}
    assert fill(template, values) == {"a": True, "b": "x-n-y", "d": ["n"], "e": "${ENV}"}
    assert fill({"kept": []}, values) == {"kept": []}


def _secrets(value: object) -> list[str]:
    if is_mapping(value):
        if set(value) == {"$secret"}:
            return [str(value["$secret"])]
        return [name for item in value.values() for name in _secrets(item)]
    return [name for item in value for name in _secrets(item)] if is_list(value) else []


@pytest.mark.parametrize("databases", ["", "databases: []\n", "databases: [tech-radar, more]\n"])
def test_a_record_that_forgets_the_schema_of_a_backend_plugin_is_refused(
    databases: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every verb, not only by our tests: without it, the database allows too few connections."""
    library = tmp_path / "library"
    shutil.copytree(portal.plugins.load.LIBRARY, library)
    record = "id: tech-radar\ntitle: Tech radar\nsummary: Technologies\nhomepage: https://acme.example\n"
    packages = 'packages: {backend: {"@backstage-community/plugin-tech-radar-backend": 1.8.0}}\n'
    (library / "records" / "tech-radar.yaml").write_text(record + packages + databases)
    monkeypatch.setattr(portal.plugins.load, "LIBRARY", library)
    load_plugins.cache_clear()
    try:
        with pytest.raises(InputError, match=r"Write `databases: \[tech-radar\]`") as caught:
            load_plugins()
    finally:
        monkeypatch.undo()
        load_plugins.cache_clear()
    assert caught.value.sentence.startswith("portal/plugins/records/tech-radar.yaml: databases: ")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("sources: {githab: {}}\n", 'sources: got "githab"'),
        ("sources: {github: {options: [organisation]}}\n", 'sources.github.options: got "organisation"'),
        (
            "filters: {entity-card:x/y: acme.example/z}\nannotations: {acme.example/zz: A}\n",
            'filters: got "acme.example/z"',
        ),
        ("category: gadgets\n", 'category: got "gadgets"'),
    ],
)
def test_a_record_that_names_what_there_is_not_is_refused(
    lines: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    shutil.copytree(portal.plugins.load.LIBRARY, library)
    record = "id: kafka\ntitle: Kafka\nsummary: Topics\nhomepage: https://acme.example\n"
    (library / "records" / "kafka.yaml").write_text(record + lines)
    monkeypatch.setattr(portal.plugins.load, "LIBRARY", library)
    load_plugins.cache_clear()
    try:
        with pytest.raises(InputError) as caught:
            load_plugins()
    finally:
        monkeypatch.undo()
        load_plugins.cache_clear()
    assert said in caught.value.sentence
