"""GitHub as an Enterprise Server shows itself: sign-in and consent, and the REST calls of the portal's plugins.

Sources: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps,
https://docs.github.com/en/rest/actions/workflow-runs, https://docs.github.com/en/rest/repos/contents.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tests.e2e.fakes.server import Reply, Request, Service, reply_json

API = "/api/v3"
REPOSITORY = f"{API}/repos/acme/storefront"
RUN_ID = 4711
RUN_MESSAGE = "Keep the basket over a restart"

# What a page of another origin may do with the REST API, as GitHub answers it.
OPEN = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "Authorization, Content-Type, Accept, User-Agent, X-GitHub-Api-Version",
    "access-control-allow-methods": "GET, POST",
}

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: shop, title: Shop}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada, title: Ada}
spec: {profile: {displayName: Ada, email: ada@acme.example}, memberOf: [shop]}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: web-shop, title: Web shop}
spec: {owner: group:default/shop}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: storefront
  title: Storefront
  description: What customers see
  annotations:
    github.com/project-slug: acme/storefront
    sentry.io/project-slug: storefront
    grafana/dashboard-selector: storefront
    grafana/alert-label-selector: service=storefront
spec: {type: website, lifecycle: production, owner: group:default/shop, system: web-shop}
"""

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#4a7"/></svg>'


@dataclass
class GitHub(Service):
    """One person is signed in there: ``login``."""

    client_id: str = "fake-oauth-client-3f1c"
    client_secret: str = "fake-oauth-secret-84be0d"
    token: str = "fake-github-token-c0ffee77"
    login: str = "ada"
    issued: dict[str, str] = field(default_factory=dict[str, str])
    """Whose each token is that an exchange of a code gave out."""
    codes: dict[str, str] = field(default_factory=dict[str, str])

    def answer(self, request: Request) -> Reply | None:
        match request.method, request.path:
            case "GET", "/login/oauth/authorize":
                return self._consent(request)
            case "POST", "/login/oauth/access_token":
                return self._exchange(request)
            case "GET", "/favicon.ico" | "/avatars/u/1":
                return Reply(PICTURE, kind="image/svg+xml")
            case "OPTIONS", _:
                return Reply(status=204, headers=OPEN)
            case "GET", path if path.startswith(f"{API}/repos/acme/catalog/contents/"):
                return Reply(CATALOG, kind="text/yaml") if request.credential == self.token else None
            case "GET", path if path.startswith(API) and request.credential in self.issued:
                found = self._rest(path, request)
                return Reply(found.body, found.status, found.kind, OPEN)
            case _:
                return None

    def _consent(self, request: Request) -> Reply | None:
        asked = request.query
        if asked.get("client_id") != self.client_id:
            return None
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = asked.get("scope", "").replace(" ", ",")
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        return Reply(
            f"<!doctype html><title>Authorize</title><h1>Authorize the portal</h1><p>{html.escape(self.login)}: "
            f'{html.escape(self.codes[code])}</p><a role="button" href="{html.escape(back)}">Authorize</a>'
        )

    def _exchange(self, request: Request) -> Reply | None:
        given = request.form
        known = (given.get("client_id"), given.get("client_secret")) == (self.client_id, self.client_secret)
        scope = self.codes.pop(given.get("code", ""), None)
        if not known or scope is None:
            return None
        token = f"fake-user-token-{len(self.issued) + 1}-9d2e"
        self.issued[token] = self.login
        return reply_json({"access_token": token, "token_type": "bearer", "scope": scope})

    def _rest(self, path: str, request: Request) -> Reply:
        base = f"http://{request.headers['host']}"
        login = self.issued[request.credential]
        now = datetime.now(UTC)
        run = {
            "id": RUN_ID,
            "name": "build",
            "run_number": 12,
            "head_branch": "main",
            "head_commit": {"id": "9fceb02", "message": RUN_MESSAGE},
            "head_repository": {"branches_url": f"{base}{REPOSITORY}/branches{{/branch}}"},
            "status": "completed",
            "conclusion": "success",
            "workflow_id": 1,
            "created_at": (now - timedelta(minutes=9)).isoformat(),
            "updated_at": (now - timedelta(minutes=4)).isoformat(),
            "url": f"{base}{REPOSITORY}/actions/runs/{RUN_ID}",
            "html_url": f"{base}/acme/storefront/actions/runs/{RUN_ID}",
        }
        first = request.query.get("page", "1") == "1"
        answers: dict[str, object] = {
            f"{API}/user": {
                "id": 1,
                "node_id": "U_1",
                "login": login,
                "name": login.title(),
                "html_url": f"{base}/{login}",
                "avatar_url": f"{base}/avatars/u/1",
            },
            REPOSITORY: {"name": "storefront", "full_name": "acme/storefront", "default_branch": "main"},
            f"{REPOSITORY}/branches": [{"name": "main"}] if first else [],
            f"{REPOSITORY}/actions/runs": {"total_count": 1, "workflow_runs": [run] if first else []},
        }
        return reply_json(answers[path]) if path in answers else reply_json({"message": "Not Found"}, 404)
