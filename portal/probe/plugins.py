"""Whether the backend plugins of a portal work, asked through its address and without an account.

Backstage 1.55 has no health route for a plugin: ``/.backstage/health/v1/readiness`` speaks for the process, turns 200
once after the start, and asks no database (``@backstage/backend-defaults``, ``rootHealthServiceFactory``). Two requests
that every backend plugin answers without credentials come near to one:

- ``/api/<id>/.backstage/auth/v1/jwks.json`` is mounted with the plugin and reads its public keys from its own schema of
  the database each time (``createAuthIntegrationRouter``, ``DatabaseKeyStore``): 200 says that the plugin is installed
  and that its database answers it; 404 that there is no such plugin.
- ``/api/<id>/`` passes the plugin's lifecycle (``createLifecycleMiddleware``): until the plugin has started a request
  waits, and is refused with 503 after 5 s. Any answer of another kind, mostly 401, says that it has started.

What this does not prove: that the plugin's own work succeeds, that a service out there answers it, or that the other
replicas do as well as the one that was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from portal.base.errors import PortalError
from portal.base.run_parallel import run_parallel
from portal.probe.smoke import HttpAnswer, fetch

Fetch = Callable[[str, float], HttpAnswer]


@dataclass(frozen=True)
class BackendHealth:
    """One backend plugin: ``detail`` is ``answers``, or what is wrong."""

    id: str
    healthy: bool
    detail: str


def backend_health(url: str, ids: Iterable[str], limit: float, get: Fetch = fetch) -> list[BackendHealth]:
    """The health of backend plugins by their ids, all asked at the same time, ``limit`` seconds at most."""
    names = list(ids)
    looks = {f"{name} keys": partial(get, f"{url}/api/{name}/.backstage/auth/v1/jwks.json", limit) for name in names}
    looks |= {f"{name} base": partial(get, f"{url}/api/{name}/", limit) for name in names}
    found = run_parallel(looks, limit)
    return [_verdict(name, _answer(found[f"{name} keys"]), _answer(found[f"{name} base"])) for name in names]


def _answer(found: HttpAnswer | PortalError) -> HttpAnswer:
    return found if isinstance(found, HttpAnswer) else HttpAnswer(None, "", str(found))


def _verdict(name: str, keys: HttpAnswer, base: HttpAnswer) -> BackendHealth:
    wrong = _wrong(keys, base)
    return BackendHealth(name, wrong is None, wrong or "answers")


def _wrong(keys: HttpAnswer, base: HttpAnswer) -> str | None:
    if keys.status is None and base.status is None:
        return f"does not answer ({keys.reason})"
    if keys.status == 404:
        return "is not in the portal that runs"
    if keys.status != 200:
        return f"cannot read its database ({_said(keys)})"
    if base.status is None or base.status >= 500:
        return f"has not started ({_said(base)})"
    return None


def _said(answer: HttpAnswer) -> str:
    return answer.reason if answer.status is None else f"answers {answer.status}"
