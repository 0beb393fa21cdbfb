"""Requests of somebody who has not signed in: every way to be taken for a person, a proxy, a plugin or a service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# How Backstage refuses: who are you, you may not, and there is no such thing.
REFUSED = (401, 403, 404)

# What people want to read or change: the plugins that have something to hide.
_READ = (
    *("/api/catalog/entities", "/api/catalog/entities/by-query", "/api/catalog/entity-facets?facet=kind"),
    *("/api/catalog/locations", "/api/catalog/entities/by-name/user/default/guest"),
    *("/api/scaffolder/v2/tasks", "/api/scaffolder/v2/actions", "/api/search/query?term=a"),
    *("/api/notifications/notifications", "/api/notifications/settings", "/api/user-settings/buckets/a/keys/b"),
    *("/api/techdocs/static/docs/default/component/storefront/index.html", "/api/auth/v1/userinfo"),
    *(
        "/api/kubernetes/clusters",
        "/api/kubernetes/proxy/api/v1/namespaces/e2e/secrets",
        "/api/proxy/grafana/api/health",
    ),
    *("/api/devtools/config", "/api/devtools/info", "/api/catalog/.backstage/actions/v1/actions"),
)
_WRITE = (
    *(
        "/api/catalog/locations",
        "/api/catalog/refresh",
        "/api/catalog/analyze-location",
        "/api/catalog/validate-entity",
    ),
    *("/api/scaffolder/v2/tasks", "/api/scaffolder/v2/dry-run", "/api/notifications/notifications"),
    *("/api/kubernetes/services/storefront", "/api/kubernetes/resources/workloads/query", "/api/permission/authorize"),
    *("/api/events/bus/v1/events", "/api/signals"),
)
# What proxies that sign people in tell about them.
_PROXIES: Mapping[str, Mapping[str, str]] = {
    "awsalb": {"x-amzn-oidc-data": "{token}", "x-amzn-oidc-accesstoken": "{token}"},
    "azureEasyAuth": {"x-ms-token-aad-id-token": "{token}", "x-ms-client-principal-name": "ada"},
    "cfaccess": {"cf-access-jwt-assertion": "{token}"},
    "gcpIap": {"x-goog-iap-jwt-assertion": "{token}"},
    "oauth2Proxy": {
        "x-forwarded-user": "ada",
        "x-forwarded-access-token": "{token}",
        "authorization": "Bearer {token}",
    },
    "guest": {},
}


@dataclass(frozen=True)
class Attempt:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def attempts() -> Iterator[Attempt]:
    """All of them. Tokens are of people and of plugins, signed by nobody, with an empty key and with a public one."""
    for path in _READ:
        yield Attempt("GET", path)
    for path in _WRITE:
        yield Attempt("POST", path)
    for token in _tokens():
        for method, path in (("GET", _READ[0]), ("POST", _WRITE[0]), ("GET", "/api/kubernetes/clusters")):
            yield Attempt(method, path, {"Authorization": f"Bearer {token}"})
        yield Attempt("GET", _READ[0], {"Cookie": f"backstage-auth={token}"})
        for provider, headers in _PROXIES.items():
            told = {name: value.format(token=token) for name, value in headers.items()}
            yield Attempt("GET", f"/api/auth/{provider}/refresh", told | {"X-Requested-With": "XMLHttpRequest"})
    for header in ("X-Forwarded-For", "X-Real-IP", "X-Forwarded-Host", "X-Backstage-Plugin", "X-Backstage-Token"):
        yield Attempt("GET", _READ[0], {header: "127.0.0.1"})


def answer(url: str, attempt: Attempt) -> int:
    """The status of the answer to one request."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        body = "{}" if attempt.method == "POST" else None
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(attempt.method, attempt.path, body, headers | dict(attempt.headers))
        return connection.getresponse().status
    finally:
        connection.close()


def _tokens() -> Iterator[str]:
    now = int(time.time())
    person: dict[str, object] = {
        "iss": "http://localhost/api/auth",
        "aud": "backstage",
        "sub": "user:default/guest",
        "ent": [],
    }
    plugin: dict[str, object] = {"sub": "catalog", "aud": "catalog", "iss": "http://localhost"}
    times = {"iat": now, "exp": now + 3600}
    for kind, claims in (("vnd.backstage.user", person), ("vnd.backstage.plugin", plugin)):
        for algorithm, key in (("none", None), ("HS256", b""), ("HS256", b"public")):
            yield _signed({"alg": algorithm, "typ": kind, "kid": "a"}, {**claims, **times}, key)
    yield "guest"


def _signed(header: Mapping[str, object], claims: Mapping[str, object], key: bytes | None) -> str:
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    signature = _encoded(hmac.digest(key, text.encode(), hashlib.sha256)) if key is not None else ""
    return f"{text}.{signature}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
