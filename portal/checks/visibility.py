"""No secret in a key that the browser can see."""

from __future__ import annotations

from collections.abc import Iterator

from portal.appconfig.references import files
from portal.appconfig.visibility import frontend_paths
from portal.base.errors import InputError
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan


def check_visibility(plan: Plan) -> Iterator[InputError]:
    """Find secrets in keys with frontend visibility. Backstage serves those keys even before sign-in."""
    secret = {path for path, _ in files(plan.app_config.data)}
    for path in frontend_paths(plan.app_config.data, plan.schema):
        if path in secret:
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got="a secret in a key that every browser gets",
                allowed="a value that everyone may see",
                fix="move the secret to a key that only the backend reads",
            )
