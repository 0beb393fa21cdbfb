"""Signing in gives nobody every permission, unless nobody else can reach the portal."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.plan import Plan


def check_permissions(plan: Plan) -> Iterator[InputError]:
    """Find the setting that lets everybody do everything.

    It looks at the final app-config. Whether permissions are on is a door (``doors.py``), and that appConfig writes no
    rules of its own is ``owned_keys.py``.
    """
    rules = plan.app_config.data.get("portal", {}).get("permissions", {})
    if not plan.resolved.private and rules.get("allowAll") is not False:
        yield SituationError(
            "portal:plugins.permissions.allowAll lets everybody who signs in do everything, and others can reach this"
            f" portal ({plan.settings.url})",
            "remove it; `portal:plugins: {permissions: {administrators: group:default/NAME}}` names the group that may"
            " do everything",
            where=plan.where(("plugins", "permissions", "allowAll")),
        )
