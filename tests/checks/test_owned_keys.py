"""What Service, probes and start modules also depend on is not changed under appConfig."""

from __future__ import annotations

from typing import Any

import pytest

from portal.appconfig.core import core_config
from portal.base.checkout import Checkout
from portal.checks.door import nodes_of
from portal.checks.owned_keys import FREE, OWNED
from tests.support.app_config import planned
from tests.support.shared_stack import LOCAL, nested, sentences, shared


def test_every_key_of_the_core_is_owned_or_free(checkout: Checkout) -> None:
    """Whoever adds a key to the core decides whether people may change it."""
    known = [*(owned.path for owned in OWNED), *FREE]
    leaves = [
        node.path for node in nodes_of(core_config(shared(checkout).resolved)) if not isinstance(node.value, dict)
    ]
    unknown = [path for path in leaves if not any(path[: len(one)] == one for one in known)]
    assert unknown == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("app.baseUrl", None),
        ("app.packages", {"include": ["x"]}),
        ("backend.https", True),
        ("backend.listen", 8080),
        ("backend.workingDirectory", "/data"),
        ("backend.database.client", "better-sqlite3"),
        ("backend.database.connection.host", "elsewhere"),
        ("backend.database.connection.ssl", {"cert": {"$secret": "A"}}),
        ("backend.database.pluginDivisionMode", "database"),
        ("backend.database.ensureExists", True),
        ("backend.database.plugin.catalog.client", "better-sqlite3"),
        ("backend.database.knexConfig.pool.max", 200),
        ("backend.database.knexConfig.pool.max", "200"),
        ("backend.database.knexConfig.pool", None),
        ("backend.database.plugin.catalog.knexConfig.pool.max", 20),
        ("backend.lifecycle.serverShutdownDelay", {"seconds": 100}),
        ("auth.environment", "development"),
        ("techdocs.builder", "local"),
    ],
)
def test_a_key_that_a_setting_owns_is_refused_everywhere(checkout: Checkout, path: str, value: Any) -> None:
    said = sentences(planned(checkout, {**LOCAL, "appConfig": nested(path, value)}))
    assert [one for one in said if "appConfig may not change it" in one or "as the database allows" in one], said
