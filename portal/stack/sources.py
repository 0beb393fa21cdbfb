"""GitHub as a stack sees it: one host, its API, and as whom the portal reads there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portal.base.errors import InputError
from portal.models.portal_file import PortalFile
from portal.models.sources import GITHUB_HOST, Credential, GithubSource
from portal.models.stack import StackSettings
from portal.plugins.record import SecretRecord
from portal.plugins.template import OptionValue

_TOKEN = {
    "GITHUB_TOKEN": SecretRecord(
        description="A token that may read the repositories of the catalog",
        obtain="GitHub: Settings, Developer settings, Fine-grained tokens; Contents and Metadata, read-only",
    )
}
_APP_PAGE = "GitHub: the organization's Settings, Developer settings, GitHub Apps"
_APP = {
    "GITHUB_APP_ID": SecretRecord(description="The App ID of a GitHub App", obtain=f"{_APP_PAGE}, the app's page"),
    "GITHUB_APP_CLIENT_ID": SecretRecord(
        description="The client ID of the same GitHub App", obtain=f"{_APP_PAGE}, the app's page"
    ),
    "GITHUB_APP_CLIENT_SECRET": SecretRecord(
        description="A client secret of the same GitHub App", obtain=f"{_APP_PAGE}, Generate a new client secret"
    ),
    "GITHUB_APP_PRIVATE_KEY": SecretRecord(
        description="A private key of the same GitHub App, the whole file",
        obtain=f"{_APP_PAGE}, Generate a private key",
    ),
}
SECRETS: Mapping[Credential, Mapping[str, SecretRecord]] = {"none": {}, "token": _TOKEN, "app": _APP}

# What records may write in braces besides their own options: the addresses of the GitHub that the stack has.
SOURCE_VALUES = ("githubUrl", "githubApiUrl", "githubPicturesUrl", "githubEnterpriseUrl")


@dataclass(frozen=True)
class StackGithub:
    """The GitHub of a stack.

    ``declared`` is False where ``portal.yaml`` has no source: then it is github.com, for accounts only. ``credential``
    is None where the stack does not say it.
    """

    source: GithubSource
    declared: bool
    credential: Credential | None

    @property
    def api_url(self) -> str:
        """Its REST API."""
        if self.source.host == GITHUB_HOST:
            return f"https://api.{GITHUB_HOST}"
        return self.source.api_base_url or f"https://{self.source.host}/api/v3"

    @property
    def url(self) -> str:
        """Where people see it: the API's scheme, and its host."""
        return f"{urlsplit(self.api_url).scheme}://{self.source.host}"

    @property
    def values(self) -> dict[str, OptionValue]:
        """What templates of records are filled with; the enterprise address is absent for github.com."""
        if self.source.host == GITHUB_HOST:
            found = (self.url, self.api_url, "https://avatars.githubusercontent.com", None)
        else:
            found = (self.url, self.api_url, self.url, self.url)
        return dict(zip(SOURCE_VALUES, found, strict=True))

    @property
    def secrets(self) -> Mapping[str, SecretRecord]:
        """What the portal's own reading needs."""
        return SECRETS[self.credential or "none"]

    @property
    def outbound_hosts(self) -> tuple[str, ...]:
        """What the portal's backend calls to read repositories."""
        if not self.declared:
            return ()
        raw = () if self.source.host != GITHUB_HOST else ("https://raw.githubusercontent.com",)
        return (self.api_url, *raw)

    @property
    def app_config(self) -> dict[str, Any]:
        """Backstage's ``integrations``: https://backstage.io/docs/integrations/github/locations."""
        if not self.declared:
            return {}
        entry: dict[str, Any] = {"host": self.source.host}
        if self.source.host != GITHUB_HOST:
            entry["apiBaseUrl"] = self.api_url
        if self.credential == "token":
            entry["token"] = {"$secret": "GITHUB_TOKEN"}
        if self.credential == "app":
            entry["apps"] = [self._app()]
        return {"integrations": {"github": [entry]}}

    def _app(self) -> dict[str, Any]:
        app: dict[str, Any] = {
            "appId": {"$secret": "GITHUB_APP_ID"},
            "clientId": {"$secret": "GITHUB_APP_CLIENT_ID"},
            "clientSecret": {"$secret": "GITHUB_APP_CLIENT_SECRET"},
            "privateKey": {"$secret": "GITHUB_APP_PRIVATE_KEY"},
        }
        if self.source.organization is not None:
            app["allowedInstallationOwners"] = [self.source.organization]
        return app


def stack_github(portal: PortalFile, settings: StackSettings, where: Callable[[tuple[str, ...]], str]) -> StackGithub:
    """GitHub for a stack: ``portal.yaml``'s, with what the stack writes over it. ``where`` is a key's place there."""
    declared = portal.sources[0].github if portal.sources else None
    chosen = settings.sources.github
    changes = chosen.model_dump(exclude={"credential"}, exclude_none=True)
    if declared is None and (changes or chosen.credential is not None):
        raise InputError(
            where=where(("sources", "github")),
            key="portal:sources.github",
            got="settings of a source that portal.yaml does not have",
            allowed="settings of its sources",
            fix="write `sources: [{github: {}}]` in portal.yaml",
        )
    source = (declared or GithubSource()).model_copy(update=changes)
    if source.host == GITHUB_HOST and source.api_base_url is not None:
        raise InputError(
            where=where(("sources", "github", "apiBaseUrl")),
            key="portal:sources.github.apiBaseUrl",
            got=f"an address for {GITHUB_HOST}",
            allowed=f"an address for a host other than {GITHUB_HOST}",
            fix="add `host:`, or remove it",
        )
    return StackGithub(source, declared is not None, chosen.credential)
