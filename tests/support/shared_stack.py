"""Plans of a stack that others can reach, and of a local one, for tests of checks."""

from __future__ import annotations

from typing import Any

from portal.base.checkout import Checkout
from portal.checks import findings
from portal.plan import Plan
from tests.support.app_config import NOT_CONNECTED, planned

SECRETS = dict.fromkeys(
    [
        "GITHUB_TOKEN",
        "GITHUB_CLIENT_ID",
        "GITHUB_CLIENT_SECRET",
        "HASH_KEY",
        "SESSION_SECRET",
        "DATABASE_PASSWORD",
        "A",
    ],
    "v",
)
SHARED: dict[str, Any] = {
    "target": "kubernetes",
    "cluster": {"context": "theirs"},
    "url": "https://portal.acme.example",
    "signIn": {"provider": "github"},
    "sources": {"github": {"credential": "token"}},
    "plugins": {name: {"enabled": False} for name in NOT_CONNECTED},
    "secrets": SECRETS,
    # Something reads the secret of the tests.
    "appConfig": {"backend": {"auth": {}}},
}
LOCAL: dict[str, Any] = {"secrets": {name: "v" for name in SECRETS if not name.startswith("GITHUB")}}


def nested(path: str, value: Any) -> dict[str, Any]:
    """``a.b: value`` as mappings; a slash stands for a dot."""
    for part in reversed(path.split(".")):
        value = {part.replace("|", "."): value}
    return value


def shared(checkout: Checkout, **changes: Any) -> Plan:
    return planned(checkout, {**SHARED, **changes})


def sentences(plan: Plan) -> list[str]:
    return [error.sentence for error in findings(plan)]
