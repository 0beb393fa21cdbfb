"""What installed code demands of the hosts that the portal reads files from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from portal.base.errors import quoted
from portal.base.json_types import is_mapping
from portal.checks.start_rule import Problem, Rule, is_address, known_text

_GITHUB = "github.com"


def _github(entry: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    host = known_text(entry.get("host")) if is_mapping(entry) else None
    if host is None or host == _GITHUB:
        return
    yield from _host(host)
    in_cloud = host.endswith(".ghe.com")
    # https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency (API access), and
    # https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api
    expected = f"https://api.{host}" if in_cloud else f"https://{host}/api/v3"
    api = entry.get("apiBaseUrl")
    if api is None and entry.get("rawBaseUrl") is None:
        yield Problem(
            ("apiBaseUrl",), "nothing", f"the address of the API of {host}", f"write `apiBaseUrl: {expected}`"
        )
    elif (known := known_text(api)) is not None:
        right = urlsplit(known).hostname == f"api.{host}" if in_cloud else known.rstrip("/").endswith("/api/v3")
        if not right:
            allowed = f"the address of the API of {host}"
            yield Problem(("apiBaseUrl",), quoted(known), allowed, f"write `apiBaseUrl: {expected}`")


def _gitlab(entry: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    host = known_text(entry.get("host")) if is_mapping(entry) else None
    if host is None or host == "gitlab.com":
        return
    yield from _host(host)
    if entry.get("apiBaseUrl") is None:
        fix = f"write `apiBaseUrl: https://{host}/api/v4`"
        yield Problem(("apiBaseUrl",), "nothing", f"the address of the API of {host}", fix)
    # Repositories are found by the host in their address, its port included: helpers (byUrl).
    base = known_text(entry.get("baseUrl"))
    if base is not None and is_address(base) and (there := _host_in(base)) != host:
        yield Problem(("baseUrl",), quoted(base), f"an address of {host}", f"write `host: {there}` if that is the host")


def _host_in(address: str) -> str:
    """The host of an address with its port, unless that is the usual one."""
    parts = urlsplit(address)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.netloc.lower().removesuffix(f":{usual}")


def _host(host: str) -> Iterator[Problem]:
    if re.fullmatch(r"[a-z0-9.-]+(:[0-9]+)?|\[[0-9a-f:.]+\](:[0-9]+)?", host) is None:
        yield Problem(("host",), quoted(host), "a host name in lower case", "write the name alone, without https://")


def _reading(entry: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    """Nothing refuses a host that never matches: `host.split(':')`, and only `*.` at its start is a pattern."""
    host = known_text(entry.get("host")) if is_mapping(entry) else None
    if host is None:
        return
    if "/" in host:
        name = urlsplit(host if "://" in host else f"//{host}").netloc
        yield Problem(("host",), quoted(host), "a host name, perhaps with a port", f"write `host: {name}`")
    elif "*" in host.removeprefix("*."):
        yield Problem(("host",), quoted(host), "a host name, or `*.` and a name", "name each host, or a domain of them")
    elif not _is_port(host.partition(":")[2]):
        yield Problem(("host",), quoted(host), "a port (8443), or a range (8000-9000)", "correct the port")


def _is_port(port: str) -> bool:
    if not port:
        return True
    found = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", port)
    return found is not None and 0 < int(found[1]) <= int(found[2] or found[1])


HOST_RULES = (
    Rule(
        "@backstage/backend-defaults",
        "0.18.0",
        "entrypoints/urlReader/lib/GithubUrlReader; integration 2.1.2, github/config",
        ("integrations", "github", "[]"),
        _github,
    ),
    Rule(
        "@backstage/integration",
        "2.1.2",
        "gitlab/config (readGitLabIntegrationConfig)",
        ("integrations", "gitlab", "[]"),
        _gitlab,
    ),
    Rule(
        "@backstage/backend-defaults",
        "0.18.0",
        "entrypoints/urlReader/lib/FetchUrlReader (predicateFromConfig)",
        ("backend", "reading", "allow", "[]"),
        _reading,
    ),
)
