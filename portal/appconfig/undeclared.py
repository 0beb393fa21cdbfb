"""Keys that installed packages read and do not declare in their config schema.

``config:check --strict`` refuses them, and Backstage starts with them: its documentation has most. Each entry was taken
from the code of the version that it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from portal.base.json_types import is_mapping

TEXT: Mapping[str, Any] = {"type": "string"}
SECRET: Mapping[str, Any] = {"type": "string", "visibility": "secret"}
NUMBER: Mapping[str, Any] = {"type": "number"}
BOOLEAN: Mapping[str, Any] = {"type": "boolean"}
ANY: Mapping[str, Any] = {}


def _resolver(name: str, **options: Mapping[str, Any]) -> dict[str, Any]:
    """A sign-in resolver, as the schemas of Backstage's modules list it."""
    properties = {"resolver": {"type": "string", "const": name}, **options}
    return {
        "type": "object",
        "properties": {**properties, "dangerouslyAllowSignInWithoutUserInCatalog": BOOLEAN},
        "required": ["resolver"],
    }


# auth-node 0.7.6, sign-in/commonSignInResolvers.
_BY_ADDRESS = _resolver("emailMatchingUserEntityProfileEmail")
_BY_LOCAL_PART = _resolver("emailLocalPartMatchingUserEntityName", allowedDomains={"type": "array", "items": TEXT})


@dataclass(frozen=True)
class Undeclared:
    """Keys beside a declared one, in the schema of ``package``.

    ``beside`` is the path of the declared key; ``*`` is any key of a mapping, and ``[]`` any entry of a list. It is
    followed into every branch of the schema, so that of several shapes only those with the declared key get the others.
    """

    package: str
    version: str
    source: str
    beside: tuple[str, ...]
    keys: Mapping[str, Any]


UNDECLARED = (
    Undeclared(
        "@backstage/plugin-proxy-backend",
        "0.6.18",
        # What it does not know itself is handed to http-proxy-middleware 2.0.12, whose options are http-proxy's.
        "service/router (buildMiddleware); @types/http-proxy index.d.ts (ServerOptions)",
        ("proxy", "endpoints", "*", "target"),
        {
            "auth": SECRET,
            "autoRewrite": BOOLEAN,
            "cookieDomainRewrite": ANY,
            "cookiePathRewrite": ANY,
            "followRedirects": BOOLEAN,
            "hostRewrite": TEXT,
            "ignorePath": BOOLEAN,
            "localAddress": TEXT,
            "method": TEXT,
            "prependPath": BOOLEAN,
            "preserveHeaderKeyCase": BOOLEAN,
            "protocolRewrite": TEXT,
            "proxyTimeout": NUMBER,
            "router": {"type": "object"},
            "secure": BOOLEAN,
            "timeout": NUMBER,
            "toProxy": BOOLEAN,
            "ws": BOOLEAN,
            "xfwd": BOOLEAN,
        },
    ),
    Undeclared(
        "@backstage/plugin-kubernetes-backend",
        "0.21.11",
        "cluster-locator/ConfigClusterLocator (fromConfig, parseAuthMetadata)",
        ("kubernetes", "clusterLocatorMethods", "[]", "clusters", "[]", "url"),
        {
            "assumeRole": TEXT,
            "dashboardApp": TEXT,
            "dashboardParameters": {"type": "object"},
            "dashboardUrl": TEXT,
            "externalId": TEXT,
        },
    ),
    Undeclared(
        "@backstage/plugin-kubernetes-backend",
        "0.21.11",
        "cluster-locator/GkeClusterLocator (fromConfigWithClient)",
        ("kubernetes", "clusterLocatorMethods", "[]", "projectId"),
        {
            "exposeDashboard": BOOLEAN,
            "matchingResourceLabels": {
                "type": "array",
                "items": {"type": "object", "properties": {"key": TEXT, "value": TEXT}, "required": ["key", "value"]},
            },
        },
    ),
    Undeclared(
        "@backstage/plugin-techdocs-backend",
        "2.3.0",
        "plugin-techdocs-node 2.0.0, stages/publish/awsS3 (fromConfig)",
        ("techdocs", "publisher", "awsS3", "bucketName"),
        {"httpsProxy": TEXT, "maxAttempts": NUMBER},
    ),
    Undeclared(
        "@backstage/plugin-techdocs-backend",
        "2.3.0",
        "plugin-techdocs-node 2.0.0, stages/generate/techdocs",
        ("techdocs", "generator", "mkdocs", "defaultPlugins"),
        {"omitTechdocsCorePlugin": BOOLEAN},
    ),
    Undeclared(
        "@backstage/plugin-catalog-backend",
        "4.0.0",
        "service/CatalogPlugin",
        ("catalog", "rules"),
        {
            "actions": {
                "type": "object",
                "properties": {
                    "experimentalCatalogLayersDescriptions": {"type": "object", "properties": {"enabled": BOOLEAN}}
                },
            }
        },
    ),
    Undeclared(
        "@backstage/plugin-catalog-backend-module-ldap",
        "0.12.9",
        # Without it, Backstage does not start: processors/LdapOrgEntityProvider (fromConfig).
        "ldap/config (readProviderConfigs)",
        ("catalog", "providers", "ldapOrg", "*", "target"),
        {"schedule": {"type": "object"}},
    ),
    Undeclared(
        "@backstage-community/plugin-sonarqube-backend",
        "1.2.0",
        "service/sonarqubeInfoProvider (fromConfig)",
        ("sonarqube", "apiKey"),
        {"authType": {"type": "string", "enum": ["Bearer", "Basic"]}},
    ),
    Undeclared(
        "@backstage/plugin-auth-backend-module-auth0-provider",
        "0.4.5",
        "module (signInResolverFactories); its schema has no `signIn` at all",
        ("auth", "providers", "auth0", "*", "domain"),
        {
            "signIn": {
                "type": "object",
                "properties": {
                    "resolvers": {"type": "array", "items": {"anyOf": [_BY_ADDRESS, _BY_LOCAL_PART]}},
                },
            }
        },
    ),
    Undeclared(
        "@backstage/integration",
        "2.1.2",
        "awsCodeCommit/config (readAwsCodeCommitIntegrationConfig)",
        ("integrations", "awsS3"),
        {
            "awsCodeCommit": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "accessKeyId": TEXT,
                        "externalId": TEXT,
                        "host": TEXT,
                        "region": TEXT,
                        "roleArn": TEXT,
                        "secretAccessKey": SECRET,
                    },
                },
            }
        },
    ),
    Undeclared(
        "@backstage/plugin-auth-backend-module-auth0-provider",
        "0.4.5",
        "module (signInResolverFactories); its schema has no `signIn` at all",
        ("auth", "providers", "auth0", "*", "domain"),
        {
            "signIn": {
                "type": "object",
                "properties": {
                    "resolvers": {"type": "array", "items": {"anyOf": [_BY_ADDRESS, _BY_LOCAL_PART]}},
                },
            }
        },
    ),
    Undeclared(
        "@backstage/integration",
        "2.1.2",
        # Nothing reads it. Backstage's own `create-github-app` writes it into the file that people paste.
        "https://backstage.io/docs/integrations/github/github-apps",
        ("integrations", "github", "[]", "apps", "[]", "webhookSecret"),
        {"webhookUrl": TEXT},
    ),
)


@dataclass(frozen=True)
class UndeclaredValues:
    """More that a value may be, beside what ``keyword`` of the schema of ``package`` lists for it at ``at``."""

    package: str
    version: str
    source: str
    at: tuple[str, ...]
    keyword: str
    values: tuple[Any, ...]


VALUES = (
    UndeclaredValues(
        "@backstage/plugin-kubernetes-backend",
        "0.21.11",
        "service/KubernetesFanOutHandler (ALL_OBJECTS)",
        ("kubernetes", "objectTypes", "[]"),
        "enum",
        ("secrets", "persistentvolumes", "persistentvolumeclaims"),
    ),
    UndeclaredValues(
        "@backstage/plugin-auth-backend-module-github-provider",
        "0.5.7",
        "module (signInResolverFactories): all of auth-node 0.7.6, sign-in/commonSignInResolvers",
        ("auth", "providers", "github", "*", "signIn", "resolvers", "[]"),
        "anyOf",
        (_BY_LOCAL_PART,),
    ),
)


def with_undeclared(packages: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The config schemas (``{package, schema}``), with what their packages read besides."""
    found: list[Mapping[str, Any]] = []
    for entry in packages:
        own = [extra for extra in UNDECLARED if extra.package == entry["package"]]
        values = [extra for extra in VALUES if extra.package == entry["package"]]
        if not own and not values:
            found.append(entry)
            continue
        schema = deepcopy(entry["schema"])
        for extra in own:
            for properties in list(_declaring(schema, extra.beside)):
                for key, value in extra.keys.items():
                    properties.setdefault(key, value)
        for more in values:
            for listed in _schemas_at(schema, more.at):
                listed[more.keyword] = [*listed.get(more.keyword, ()), *more.values]
        found.append({**entry, "schema": schema})
    return found


def _declaring(schema: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON in
    """The ``properties`` of every object in a schema that declares the last key of a path."""
    if not is_mapping(schema):
        return
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _declaring(branch, path)
    first, rest = path[0], path[1:]
    if first == "[]":
        yield from _declaring(schema.get("items"), rest)
    elif first == "*":
        yield from _declaring(schema.get("additionalProperties"), rest)
    else:
        properties: Any = schema.get("properties", {})
        if rest:
            yield from _declaring(properties.get(first), rest)
        elif first in properties:
            yield properties


def _schemas_at(schema: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON in
    """The schema of the values at a path."""
    if not is_mapping(schema):
        return
    if not path:
        yield cast("dict[str, Any]", schema)
        return
    properties: Any = schema.get("properties", {})
    inner = {"[]": schema.get("items"), "*": schema.get("additionalProperties")}.get(path[0], properties.get(path[0]))
    yield from _schemas_at(inner, path[1:])
