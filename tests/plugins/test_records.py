"""Every record can be used as it stands: nothing in it points to nothing."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.base.json_types import is_list, is_mapping
from portal.plugins.load import load_plugins
from portal.plugins.record import PluginRecord
from portal.plugins.template import fill, placeholders
from portal.release.manifest import manifest_for

RECORDS = load_plugins()


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_templates_mention_declared_options_only(record: PluginRecord) -> None:
    used = placeholders(record.app_config)
    if record.connection is not None:
        used |= placeholders(record.connection.app_config) | placeholders(record.connection.hosts)
    assert used <= set(record.options)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_packages_have_an_exact_version(record: PluginRecord, repository: Checkout) -> None:
    manifest = manifest_for(repository.app, "1.55.0", "test")
    for name, version in {**record.packages.frontend, **record.packages.backend}.items():
        exact = manifest.version(name, version, "test", "packages")
        assert exact[0].isdigit()


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_secrets_of_a_connection_are_used_and_declared(record: PluginRecord) -> None:
    if record.connection is None:
        return
    used = set(_secrets(record.connection.app_config))
    assert used == set(record.connection.secrets)
    for secret in record.connection.secrets.values():
        assert "{value}" in secret.format


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_a_plugin_without_a_connection_has_no_secret(record: PluginRecord) -> None:
    assert not set(_secrets(record.app_config))


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_a_connection_that_may_wait_names_the_parts_to_switch_off(record: PluginRecord) -> None:
    if record.connection is not None and record.packages.frontend:
        assert record.connection.extensions


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_every_backend_plugin_has_a_schema_of_its_own(record: PluginRecord) -> None:
    """Measured: each keeps keys in one, so each has a pool (backstage/backstage#30412)."""
    plugins = [name for name in record.packages.backend if name.endswith("-backend")]
    assert len(record.databases) == len(plugins)


def test_filling_keeps_types_and_leaves_absent_options_out() -> None:
    template = {"a": "{flag}", "b": "x-{name}-y", "c": "{absent}", "d": ["{name}"], "e": "${ENV}"}
    values = {"flag": True, "name": "n", "absent": None}
    assert fill(template, values) == {"a": True, "b": "x-n-y", "d": ["n"], "e": "${ENV}"}


def _secrets(value: object) -> list[str]:
    if is_mapping(value):
        if set(value) == {"$secret"}:
            return [str(value["$secret"])]
        return [name for item in value.values() for name in _secrets(item)]
    return [name for item in value for name in _secrets(item)] if is_list(value) else []
