"""Where repositories are read from, as ``portal.yaml`` says it and as a stack may change it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from portal.models.base import Model, refusal

GITHUB_HOST = "github.com"
_HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+")

Credential = Literal["none", "token", "app"]


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise refusal(
            "a host's name in lower case, without scheme, port or path (github.acme.example)", "write the name alone"
        )
    return text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    whole = parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment or "@" in text)
    if not whole or text.endswith("/"):
        raise refusal(
            "an address with scheme and host, without a slash at its end (https://github.acme.example/api/v3)",
            "correct the address",
        )
    return text


Host = Annotated[str, AfterValidator(_host)]
Address = Annotated[str, AfterValidator(_address)]


class GithubSource(Model):
    """GitHub, or a GitHub Enterprise Server: whose repositories the portal reads, whose accounts people link."""

    host: Host = GITHUB_HOST
    """The host of its repositories' addresses."""

    api_base_url: Address | None = None
    """The API of a host other than `github.com`. Absent: `https://<host>/api/v3`."""

    organization: str | None = None
    """Whose installations of a GitHub App the portal uses. Absent: everybody's who installed the app."""

    @model_validator(mode="after")
    def _api_of_another_host(self) -> Self:
        if self.host == GITHUB_HOST and self.api_base_url is not None:
            raise refusal(f"apiBaseUrl only with a host other than {GITHUB_HOST}", "add `host:`, or remove apiBaseUrl")
        return self


class Source(Model):
    """One place that repositories are read from."""

    github: GithubSource
    """GitHub, or a GitHub Enterprise Server."""


class GithubSettings(Model):
    """What differs for GitHub in this stack, and how the portal reads there."""

    credential: Credential | None = None
    """As whom the portal reads: `token`, `app` (a GitHub App), or `none`: what everybody may see, 60 requests an hour.
    Absent in a loopback stack: `none`."""

    host: Host | None = None
    """Another host than in `portal.yaml`."""

    api_base_url: Address | None = None
    """The API of that host."""

    organization: str | None = None
    """Another organization than in `portal.yaml`."""


class SourceSettings(Model):
    """What differs for the sources of `portal.yaml` in this stack."""

    github: GithubSettings = GithubSettings()
    """What differs for GitHub in this stack, and how the portal reads there."""
