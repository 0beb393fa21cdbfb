"""Whether Backstage can read a file at an address: on a host that it knows, in the form that the host takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from portal.base.errors import quoted
from portal.base.json_types import is_list, is_mapping
from portal.plan import Plan

# Hosts that Backstage reads without an integration.
# Source: integration 2.1.2, <host>/config (readGithubIntegrationConfigs and others).
_DEFAULT_HOSTS: Mapping[str, str] = {
    "github": "github.com",
    "gitlab": "gitlab.com",
    "bitbucketCloud": "bitbucket.org",
    "azure": "dev.azure.com",
}
# Those of clouds, which have many host names: backend-defaults 0.18.0, entrypoints/urlReader/lib.
_CLOUD_HOSTS = re.compile(r"(.*\.)?(amazonaws\.com|blob\.core\.windows\.net|console\.aws\.amazon\.com)")
_CLOUD_INTEGRATIONS = ("awsS3", "awsCodeCommit", "azureBlobStorage", "googleGcs")


class _Form(NamedTuple):
    """How a host of repositories addresses files: the path that its reader demands, and an example of one."""

    host: str
    path: re.Pattern[str]
    example: str


# integration 2.1.2, github/core (getGithubFileFetchUrl) and gitlab/core (extractProjectPath); backend-defaults 0.18.0,
# entrypoints/urlReader/lib/GitlabUrlReader (getGitlabFetchUrl), which also reads what a job left behind.
_FORMS: Mapping[str, _Form] = {
    "github": _Form(
        "GitHub",
        re.compile(r"/[^/]+/[^/]+/(blob|tree|raw)/[^/]+(/.*)?"),
        "/<owner>/<repository>/blob/<branch>/<file>",
    ),
    "gitlab": _Form(
        "GitLab",
        re.compile(r".*/blob/.*|.*/-/jobs/artifacts/.+"),
        "/<group>/<project>/-/blob/<branch>/<file>",
    ),
}
_GITHUB_RAW = re.compile(r"/([^/]+)/([^/]+)/(?:refs/heads/)?([^/]+)/(.+)")


def address_problem(plan: Plan, address: str) -> tuple[str, str] | None:
    """What is expected instead of an address, and how to put it right. None if Backstage can read it.

    It judges the address and app-config alone: no network is used, so the file may still be missing.
    """
    if "${" in address:
        return None
    parts = _split(address)
    if parts is None:
        fix = "write its https:// address" if "://" in address else "put https:// in front"
        return "the address of a file, with its scheme (https)", fix
    hosts = dict(_integrations(plan))
    kind = hosts.get(parts.netloc.lower())
    if kind is None:
        return None if _may_be_fetched(plan, parts) or _is_cloud(plan, parts) else _not_read(parts, hosts)
    form = _FORMS.get(kind)
    if form is None or form.path.fullmatch(parts.path) is not None:
        return None
    return f"the address of a file, as its page on {form.host} has it", f"write https://{parts.netloc}{form.example}"


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


def _not_read(parts: SplitResult, hosts: Mapping[str, str]) -> tuple[str, str]:
    raw = _GITHUB_RAW.fullmatch(parts.path) if parts.hostname == "raw.githubusercontent.com" else None
    if raw is not None:
        fix = f"write https://github.com/{raw[1]}/{raw[2]}/blob/{raw[3]}/{raw[4]}"
    else:
        entry = f"backend: {{reading: {{allow: [{{host: {quoted(parts.netloc)}}}]}}}}"
        fix = f"add the host to sources in portal.yaml, or allow it under appConfig: {entry}"
    return f"an address on a host that the portal reads ({', '.join(hosts)})", fix


def _integrations(plan: Plan) -> Iterator[tuple[str, str]]:
    """The hosts of repositories, each with the kind of its integration."""
    for kind, host in _DEFAULT_HOSTS.items():
        yield host, kind
    integrations = plan.app_config.data.get("integrations")
    for kind, entries in integrations.items() if is_mapping(integrations) else ():
        for entry in entries if is_list(entries) else ():
            host = entry.get("host") if is_mapping(entry) else None
            if isinstance(host, str):
                yield host.lower(), str(kind)


def _is_cloud(plan: Plan, parts: SplitResult) -> bool:
    integrations = plan.app_config.data.get("integrations")
    configured = is_mapping(integrations) and any(name in integrations for name in _CLOUD_INTEGRATIONS)
    return configured or _CLOUD_HOSTS.fullmatch(parts.hostname or "") is not None


def _may_be_fetched(plan: Plan, parts: SplitResult) -> bool:
    return any(_allows(entry, parts) for entry in reading_allow(plan))


def reading_allow(plan: Plan) -> list[Any]:
    """The entries of ``backend.reading.allow``: other hosts that Backstage may read files from."""
    backend = plan.app_config.data.get("backend")
    reading = backend.get("reading") if is_mapping(backend) else None
    allow = reading.get("allow") if is_mapping(reading) else None
    return [entry for entry in allow if is_mapping(entry)] if is_list(allow) else []


def _allows(entry: Mapping[str, Any], parts: SplitResult) -> bool:
    """backend-defaults 0.18.0, entrypoints/urlReader/lib/FetchUrlReader (predicateFromConfig)."""
    name, _, port = str(entry.get("host", "")).partition(":")
    if "${" in name:
        return True
    host = parts.hostname or ""
    if not (host.endswith(name[1:]) if name.startswith("*.") else host == name):
        return False
    paths = entry.get("paths")
    below = not is_list(paths) or any(
        parts.path == path or parts.path.startswith(f"{str(path).rstrip('/')}/") for path in paths
    )
    return below and _port_allowed(port, parts)


def _port_allowed(port: str, parts: SplitResult) -> bool:
    if not port:
        return parts.port is None or parts.port == {"http": 80, "https": 443}[parts.scheme]
    first, _, last = port.partition("-")
    actual = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return first.isdigit() and int(first) <= actual <= int(last if last.isdigit() else first)
