"""What a portal is asked before it gets requests, and after a deployment: as data, for a program beside it."""

from __future__ import annotations

from typing import Any

from portal.contract import PROBE_USER_AGENT, READINESS_PATH
from portal.plan import Plan

# Questions that need a plugin's own tables and its work, by plugin. Without an account, a portal refuses to answer
# them; that shows that the plugin runs, and that it asks who somebody is.
READS = {"catalog": "/api/catalog/entities?limit=1", "search": "/api/search/query?term=portal"}


def questions(plan: Plan) -> dict[str, Any]:
    """The questions for a stack.

    ``title`` is on the first page. ``plugins`` are the ids of backend plugins, asked as in
    :mod:`portal.probe.plugins`. ``reads`` are addresses that answer with data to those who may read. ``token`` is
    where anyone gets the token of a guest; without it, ``reads`` have to be refused.
    """
    backends = plan.resolved.backends
    return {
        "agent": PROBE_USER_AGENT,
        "readiness": READINESS_PATH,
        "title": plan.app_config.title,
        "plugins": sorted(backends),
        "reads": {plugin: path for plugin, path in READS.items() if plugin in backends},
        **({"token": f"/api/auth/{plan.settings.sign_in.provider}/refresh"} if plan.resolved.sign_in.anyone else {}),
    }
