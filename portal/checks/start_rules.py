"""What installed code demands of values that its config schema leaves open: a table of rules.

Where one is broken, Backstage does not start, or never does what the value asks for. Each rule was taken from the code
of the version that it names. When another version is locked, a test fails, to have the two compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portal.appconfig.references import mentions_environment
from portal.base.errors import InputError, did_you_mean, one_of, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan


@dataclass(frozen=True)
class Problem:
    """What is wrong with a value: the key below it, and the words of the error."""

    path: KeyPath
    got: str
    allowed: str
    fix: str


@dataclass(frozen=True)
class Rule:
    """A demand on the values at a path of app-config. ``*`` is any key of a mapping, and ``[]`` any entry of a list."""

    package: str
    version: str
    source: str
    path: tuple[str, ...]
    problems: Callable[[Any], Iterator[Problem]]


def check_start_rules(plan: Plan) -> Iterator[InputError]:
    """Find values that the installed packages refuse at their start, or that do nothing there."""
    for rule in RULES:
        for path, value in _values(plan.app_config.data, rule.path, ()):
            for problem in rule.problems(value):
                whole = (*path, *problem.path)
                yield InputError(
                    where=app_config_location(plan, (*path, *_present(value, problem.path))),
                    key=app_config_key(whole),
                    got=problem.got,
                    allowed=problem.allowed,
                    fix=problem.fix,
                )


def _values(value: Any, pattern: tuple[str, ...], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:  # noqa: ANN401 - JSON
    if not pattern:
        yield path, value
    elif pattern[0] == "[]":
        for index, item in enumerate(value if is_list(value) else ()):
            yield from _values(item, pattern[1:], (*path, index))
    elif is_mapping(value):
        for key in value if pattern[0] == "*" else (pattern[0],):
            if key in value:
                yield from _values(value[key], pattern[1:], (*path, key))


def _present(value: Any, path: KeyPath) -> KeyPath:  # noqa: ANN401 - JSON in
    """The part of a path that is there. A key that is missing has the line of what it is missing from."""
    for length, part in enumerate(path):
        if is_mapping(value) and part in value:
            value = value[str(part)]
        elif is_list(value) and isinstance(part, int):
            value = value[part]
        else:
            return path[:length]
    return path


def _known(value: object) -> str | None:
    """A text whose value is written down. None for a secret, a variable, and what is no text."""
    return value if isinstance(value, str) and not mentions_environment(value) else None


def _proxy_target(endpoint: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    path: KeyPath = ("target",) if is_mapping(endpoint) else ()
    target = _known(endpoint.get("target") if is_mapping(endpoint) else endpoint)
    if target is not None and not _is_address(target):
        fix = f"put https:// in front ({quoted(f'https://{target}')})" if "://" not in target else "correct the address"
        yield Problem(path, quoted(target), "an address with its scheme", fix)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https", "ws", "wss"} and bool(parts.hostname)


# auth/buildDefaultAuthStrategyMap
_CLUSTER_PROVIDERS = (
    "aks",
    "aws",
    "azure",
    "google",
    "googleServiceAccount",
    "localKubectlProxy",
    "oidc",
    "serviceAccount",
)
_CLUSTER_ANNOTATION = "kubernetes.io/auth-provider"
# A key that a provider needs besides, and the annotation that stands for it.
_NEEDED_BY = {"oidc": ("oidcTokenProvider", "kubernetes.io/oidc-token-provider")}


def _clusters(clusters: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    names: set[str] = set()
    for index, cluster in enumerate(clusters if is_list(clusters) else ()):
        if not is_mapping(cluster):
            continue
        name = str(cluster.get("name"))
        if name in names:
            yield Problem(
                (index, "name"), f"{quoted(name)} a second time", "each cluster once", "rename one of the two"
            )
        names.add(name)
        metadata = cluster.get("authMetadata")
        given: Mapping[str, Any] = metadata if is_mapping(metadata) else {}
        provider = given.get(_CLUSTER_ANNOTATION, cluster.get("authProvider"))
        if provider is None:
            fix = "write `authProvider: serviceAccount` and a serviceAccountToken, or another of them"
            yield Problem((index, "authProvider"), "nothing", one_of(_CLUSTER_PROVIDERS), fix)
        elif (known := _known(provider)) is not None and known not in _CLUSTER_PROVIDERS:
            fix = did_you_mean(known, _CLUSTER_PROVIDERS)
            yield Problem((index, "authProvider"), quoted(known), one_of(_CLUSTER_PROVIDERS), fix)
        elif (needed := _NEEDED_BY.get(str(provider))) and not (cluster.get(needed[0]) or given.get(needed[1])):
            fix = "write the sign-in provider whose token the cluster takes"
            yield Problem((index, needed[0]), "nothing", f"a sign-in provider, for authProvider: {provider}", fix)


# stages/publish: what each publisher reads with `getString`.
_PUBLISHERS = {
    "awsS3": "bucketName",
    "azureBlobStorage": "containerName",
    "googleGcs": "bucketName",
    "openStackSwift": "containerName",
}


def _publisher(publisher: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    kind = str(publisher.get("type")) if is_mapping(publisher) else ""
    needed = _PUBLISHERS.get(kind)
    section = publisher.get(kind) if needed is not None else None
    if needed is not None and not (is_mapping(section) and section.get(needed)):
        allowed = f"the bucket or container for techdocs.publisher.type: {kind}"
        yield Problem((kind, needed), "nothing", allowed, f"write `{kind}: {{{needed}: ...}}` beside type")


_MIN_TOKEN = 8


def _external_access(access: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    options = access.get("options") if is_mapping(access) else None
    given: Mapping[str, Any] = options if is_mapping(options) else {}
    subject = _known(given.get("subject"))
    if subject is not None and re.fullmatch(r"\S+", subject) is None:
        yield Problem(("options", "subject"), quoted(subject), "a name without blanks", "correct the name")
    for key, shortest in (("token", _MIN_TOKEN), ("secret", 1)):
        secret = _known(given.get(key))
        if secret is not None and (re.fullmatch(r"\S+", secret) is None or len(secret) < shortest):
            allowed = (
                "characters other than blanks" if shortest == 1 else f"{shortest} characters or more, without blanks"
            )
            yield Problem(
                ("options", key), "a secret that Backstage refuses", allowed, "store a new one as {$secret: NAME}"
            )
    url = _known(given.get("url"))
    if url is not None and not _is_address(url):
        yield Problem(("options", "url"), quoted(url), "an address with its scheme", "put https:// in front")
    yield from _restrictions(access.get("accessRestrictions") if is_mapping(access) else None)


_ACTIONS = ("create", "read", "update", "delete")


def _restrictions(restrictions: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    plugins: set[str] = set()
    for index, one in enumerate(restrictions if is_list(restrictions) else ()):
        plugin = str(one.get("plugin")) if is_mapping(one) else ""
        if plugin in plugins:
            path = ("accessRestrictions", index, "plugin")
            yield Problem(path, f"{quoted(plugin)} a second time", "each plugin once", "put the two together")
        plugins.add(plugin)
        attribute = one.get("permissionAttribute") if is_mapping(one) else None
        action = attribute.get("action") if is_mapping(attribute) else None
        words = action if is_list(action) else [action] if action else []
        for word in (part for text in words for part in re.split(r"[ ,]", str(text)) if part):
            if word not in _ACTIONS:
                path = ("accessRestrictions", index, "permissionAttribute", "action")
                yield Problem(path, quoted(word), one_of(_ACTIONS), did_you_mean(word, _ACTIONS))


_GITHUB = "github.com"


def _github(entry: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    host = _known(entry.get("host")) if is_mapping(entry) else None
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
    elif (known := _known(api)) is not None:
        right = urlsplit(known).hostname == f"api.{host}" if in_cloud else known.rstrip("/").endswith("/api/v3")
        if not right:
            allowed = f"the address of the API of {host}"
            yield Problem(("apiBaseUrl",), quoted(known), allowed, f"write `apiBaseUrl: {expected}`")


def _gitlab(entry: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    host = _known(entry.get("host")) if is_mapping(entry) else None
    if host is None or host == "gitlab.com":
        return
    yield from _host(host)
    if entry.get("apiBaseUrl") is None:
        fix = f"write `apiBaseUrl: https://{host}/api/v4`"
        yield Problem(("apiBaseUrl",), "nothing", f"the address of the API of {host}", fix)


def _host(host: str) -> Iterator[Problem]:
    if re.fullmatch(r"[a-z0-9.-]+(:[0-9]+)?|\[[0-9a-f:.]+\](:[0-9]+)?", host) is None:
        yield Problem(("host",), quoted(host), "a host name in lower case", "write the name alone, without https://")


def _reading(entry: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    """Nothing refuses a host that never matches: `host.split(':')`, and only `*.` at its start is a pattern."""
    host = _known(entry.get("host")) if is_mapping(entry) else None
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


RULES = (
    Rule(
        "@backstage/plugin-proxy-backend",
        "0.6.18",
        "service/router (buildMiddleware)",
        ("proxy", "endpoints", "*"),
        _proxy_target,
    ),
    Rule(
        "@backstage/plugin-kubernetes-backend",
        "0.21.11",
        "cluster-locator/ConfigClusterLocator, auth/DispatchStrategy and OidcStrategy (validateCluster)",
        ("kubernetes", "clusterLocatorMethods", "[]", "clusters"),
        _clusters,
    ),
    Rule(
        "@backstage/plugin-techdocs-node",
        "2.0.0",
        "stages/publish/awsS3, azureBlobStorage, googleStorage, openStackSwift (fromConfig)",
        ("techdocs", "publisher"),
        _publisher,
    ),
    Rule(
        "@backstage/backend-defaults",
        "0.18.0",
        "entrypoints/auth/external/static, legacy, jwks and helpers",
        ("backend", "auth", "externalAccess", "[]"),
        _external_access,
    ),
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
