"""What installed code demands of values that its config schema leaves open: a table of rules.

Where one is broken, Backstage does not start, or never does what the value asks for. Each rule was taken from the code
of the version that it names. When another version is locked, a test fails, to have the two compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.base.errors import InputError, did_you_mean, one_of, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath
from portal.checks.access_rules import ACCESS_RULES
from portal.checks.host_rules import HOST_RULES
from portal.checks.location import app_config_key, app_config_location
from portal.checks.start_rule import Problem, Rule, is_address, known_text
from portal.plan import Plan


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
                    allowed=f"{problem.allowed} ({rule.package})",
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


def _proxy_target(endpoint: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    path: KeyPath = ("target",) if is_mapping(endpoint) else ()
    target = known_text(endpoint.get("target") if is_mapping(endpoint) else endpoint)
    if target is not None and not is_address(target):
        fix = f"put https:// in front ({quoted(f'https://{target}')})" if "://" not in target else "correct the address"
        yield Problem(path, quoted(target), "an address with its scheme", fix)


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
        elif (known := known_text(provider)) is not None and known not in _CLUSTER_PROVIDERS:
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
    *ACCESS_RULES,
    *HOST_RULES,
)
