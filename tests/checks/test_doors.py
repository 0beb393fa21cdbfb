"""Ways to be somebody without signing in, or to read a credential, on a portal that others can reach: all refused."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from portal.base.checkout import Checkout
from portal.checks.credentials import check_credentials
from portal.checks.doors import DOORS, check_doors
from portal.checks.owned_keys import check_owned_keys
from portal.checks.references import check_references
from portal.checks.resolvers import check_resolvers
from portal.checks.visibility import check_visibility
from portal.plan import Plan
from tests.support.app_config import planned
from tests.support.checkouts import ROOT
from tests.support.shared_stack import LOCAL, SECRETS, nested, sentences, shared


def proxy(**endpoint: Any) -> dict[str, Any]:
    return {"proxy": {"endpoints": {"/x": {"target": "https://x.acme.example", **endpoint}}}}


def github(**keys: Any) -> dict[str, Any]:
    return {"auth": {"providers": {"github": {"production": keys}}}}


def location(target: str, kind: str = "url") -> dict[str, Any]:
    return {"catalog": {"locations": [{"type": kind, "target": target}]}}


def cluster(**keys: Any) -> dict[str, Any]:
    one = {"name": "c", "url": "https://c.acme.example", "authProvider": "serviceAccount", **keys}
    return {"kubernetes": {"clusterLocatorMethods": [{"type": "config", "clusters": [one]}]}}


def access(kind: str, options: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    return nested("backend.auth.externalAccess", [{"type": kind, "options": options, **keys}])


GUEST = {"dangerouslyAllowOutsideDevelopment": True}
SECRET = {"$secret": "A"}
TOKEN = "hunter2hunter2"  # No sentence may repeat it.

WAYS: dict[str, dict[str, Any]] = {
    # Be somebody.
    "guest": nested("auth.providers.guest", GUEST),
    "guest without the dangerous key": nested("auth.providers.guest", {}),
    "guest as a user": nested("auth.providers.guest", {"userEntityRef": "user:default/anna"}),
    "no default policy": nested("backend.auth.dangerouslyDisableDefaultAuthPolicy", True),
    "no default policy, as a text": nested("backend.auth.dangerouslyDisableDefaultAuthPolicy", "true"),
    "no default policy, by a default": nested("backend.auth.dangerouslyDisableDefaultAuthPolicy", "${A:-true}"),
    "permissions off": nested("permission.enabled", False),
    "permissions off, as a text": nested("permission.enabled", "false"),
    "permissions taken away": {"permission": None},
    "an open proxy": proxy(credentials="dangerously-allow-unauthenticated"),
    "an open proxy, by a default": proxy(credentials="${A:-dangerously-allow-unauthenticated}"),
    "an open proxy, put together": proxy(credentials="dangerously-${A:-allow-unauthenticated}"),
    "no user needed": github(
        signIn={"resolvers": [{"resolver": "x", "dangerouslyAllowSignInWithoutUserInCatalog": True}]}
    ),
    "a user for everybody": github(
        signIn={"resolvers": [{"resolver": "x", "dangerousEntityRefFallback": "user:default/a"}]}
    ),
    "any address before the at sign": github(
        signIn={"resolvers": [{"resolver": "emailLocalPartMatchingUserEntityName"}]}
    ),
    "headers of an AWS load balancer": nested("auth.providers.awsAlb", {"issuer": "x", "region": "eu-west-1"}),
    "headers of Google's proxy": nested("auth.providers.gcpIap", {"audience": "x"}),
    "headers of oauth2-proxy": nested("auth.providers.oauth2Proxy", {}),
    "headers of Cloudflare": nested("auth.providers.cfaccess", {"teamName": "x"}),
    "headers of Azure": nested("auth.providers.azureEasyAuth", {}),
    "headers of anybody": nested("backend.trustProxy", True),
    "a token for everything": access("static", {"token": SECRET, "subject": "ci"}),
    "a shared key for everything": access("legacy", {"secret": SECRET, "subject": "ci"}),
    "keys of others for everything": access("jwks", {"url": "https://id.acme.example/keys"}),
    "a token for nothing in particular": access("static", {"token": SECRET, "subject": "ci"}, accessRestrictions=[]),
    "old keys for everything": nested("backend.auth.keys", [{"secret": SECRET}]),
    "other pages get tokens": nested("auth.experimentalExtraAllowedOrigins", ["https://evil.example"]),
    "any program gets tokens": nested(
        "auth.clientIdMetadataDocuments", {"enabled": True, "allowedRedirectUriPatterns": ["*"]}
    ),
    "programs anywhere get tokens": nested(
        "auth.experimentalDynamicClientRegistration", {"enabled": True, "allowedRedirectUriPatterns": ["https://*/*"]}
    ),
    "people are sent elsewhere": github(callbackUrl="https://evil.example/api/auth/github/handler/frame"),
    "tokens are sent elsewhere": nested(
        "discovery.endpoints", [{"target": "https://evil.example", "plugins": ["catalog"]}]
    ),
    "a session secret in the clear": nested("auth.session.secret", TOKEN),
    "another environment": nested("auth.environment", "development"),
    "another base address": nested("backend.baseUrl", "https://evil.example"),
    "another frontend address": nested("app.baseUrl", "http://localhost:7007"),
    "other origins": nested("backend.cors.origin", ["https://portal.acme.example", "https://evil.example"]),
    "any origin": nested("backend.cors.origin", "*"),
    "another port": nested("backend.listen", ":8080"),
    "listening elsewhere": nested("backend.listen", {"host": "127.0.0.1", "port": 7007}),
    "packages that the stack left out": nested("app.packages", "all"),
    "the sign-in page of guests": nested("portal.signIn", "guest"),
    "code of others": nested("backend.csp.script-src", ["'self'", "'unsafe-inline'"]),
    "code from anywhere": nested("backend.csp.script-src", ["*"]),
    "no policy for code": nested("backend.csp.default-src", False),
    # Read a credential.
    "a token of GitLab": nested("integrations.gitlab", [{"host": "gitlab.com", "token": TOKEN}]),
    "a token by a default": nested("integrations.gitlab", [{"host": "gitlab.com", "token": f"${{A:-{TOKEN}}}"}]),
    "a token of GitHub's shape": nested("app.support.items", [{"title": "ghp_PLANTED_99"}]),
    "a header": proxy(headers={"Authorization": f"Bearer {TOKEN}"}),
    "a header of a name of its own": proxy(headers={"PRIVATE-TOKEN": TOKEN}),
    "a cookie": proxy(headers={"Cookie": f"session={TOKEN}"}),
    "a password in an address": proxy(target=f"https://user:{TOKEN}@x.acme.example"),
    "a token in an address": proxy(target=f"https://x.acme.example/?access_token={TOKEN}"),
    "a secret inside a text": proxy(headers={"Authorization": "Bearer {$secret: A}"}),
    "a token of a cluster": cluster(serviceAccountToken=TOKEN),
    "a database with its password": nested("backend.database.connection", f"postgres://u:{TOKEN}@db/portal"),
    "a database's password": nested("backend.database.connection.password", TOKEN),
    "a password of a plugin's database": nested(
        "backend.database.plugin.catalog.connection", {"host": "db", "password": TOKEN}
    ),
    "a cache with its password": nested(
        "backend.cache", {"store": "redis", "connection": f"redis://:{TOKEN}@r.acme.example"}
    ),
    "a token for callers": access(
        "static", {"token": TOKEN, "subject": "ci"}, accessRestrictions=[{"plugin": "catalog"}]
    ),
    "a key of AWS": nested("aws.mainAccount", {"accessKeyId": "AKIAABCDEFGHIJKLMNOP", "secretAccessKey": TOKEN}),
    "a key of a bucket": nested(
        "techdocs.publisher", {"type": "googleGcs", "googleGcs": {"bucketName": "d", "credentials": TOKEN}}
    ),
    "a key in a template": nested("scaffolder.defaultEnvironment", {"secrets": {"NPM": TOKEN}}),
    "the database's password for a service": proxy(headers={"X-Password": {"$secret": "DATABASE_PASSWORD"}}),
    "the session secret for a service": proxy(headers={"X-Key": {"$secret": "SESSION_SECRET"}}),
    "a secret for browsers": nested("app.title", SECRET),
    "a secret in a header for browsers": nested("backend.csp.connect-src", [SECRET]),
    "the pod's environment": proxy(headers={"Authorization": {"$file": "/app/../proc/self/environ"}}),
    "the secrets as documents": nested(
        "techdocs.publisher", {"type": "local", "local": {"publishDirectory": "/etc/portal"}}
    ),
    "the secrets as documents, by another way": nested(
        "techdocs.publisher", {"type": "local", "local": {"publishDirectory": "/app/docs/../../etc/portal"}}
    ),
    "a secret as a catalog file": location("/etc/portal/secrets/GITHUB_TOKEN", "file"),
    "the environment as a catalog file": location("../../proc/self/environ", "file"),
    "the machine's credentials": location("http://169.254.169.254/latest/meta-data"),
    "the machine's credentials by a number": location("http://2852039166/latest"),
    "the machine's credentials in hex": proxy(target="http://0xA9FEA9FE"),
    "the machine's credentials in octal": proxy(target="https://0251.0376.0251.0376"),
    "the machine's credentials in IPv6": proxy(target="https://[::ffff:a9fe:a9fe]"),
    "the machine's credentials by name": proxy(target="https://metadata.google.internal."),
    "reading link-local addresses": nested("backend.reading.allow", [{"host": "169.254.169.254"}]),
    "reading link-local addresses with a port": nested("backend.reading.allow", [{"host": "169.254.169.254:80"}]),
    "reading anything": nested("backend.reading.allow", [{"host": "*"}]),
    "reading anything of a country": nested("backend.reading.allow", [{"host": "*.com"}]),
    "a database whose certificate nobody verifies": nested(
        "backend.database.connection.ssl", {"rejectUnauthorized": False}
    ),
    "a database without TLS": nested("backend.database.connection.ssl", False),
    "a cluster whose certificate nobody verifies": cluster(skipTLSVerify=True),
    "a cluster whose certificate nobody verifies, as a text": cluster(skipTLSVerify="true"),
    "a target whose certificate nobody verifies": proxy(secure=False),
    "a target without TLS": proxy(target="http://x.acme.example", headers={"Authorization": SECRET}),
    "a cluster without TLS": cluster(url="http://c.acme.example"),
    "an integration without TLS": nested(
        "integrations.github",
        [
            {
                "host": "g.acme.example",
                "apiBaseUrl": "http://g.acme.example/api/v3",
                "token": {"$secret": "GITHUB_TOKEN"},
            }
        ],
    ),
}

AROUND: list[Any] = [1, "x", [], {}, None, True]

SETTINGS: dict[str, dict[str, Any]] = {
    "guests at an address of others": {"signIn": {"provider": "guest"}},
    "guests in a cluster of others": {"signIn": {"provider": "guest"}, "url": "http://localhost:7007"},
    "guests of a local stack in a named cluster": {
        "target": "local",
        "signIn": {"provider": "guest"},
        "url": "http://localhost:7007",
    },
    "guests behind an Ingress": {
        "target": "local",
        "cluster": None,
        "signIn": {"provider": "guest"},
        "url": "http://localhost:7007",
        "ingress": {"class": "nginx"},
    },
    "guests behind a route": {
        "target": "local",
        "cluster": None,
        "signIn": {"provider": "guest"},
        "url": "http://localhost:7007",
        "gateway": {"name": "public"},
    },
    "sign-in without TLS": {"url": "http://portal.acme.example"},
    "a token in an annotation": {"annotations": {"acme.example/note": f"Bearer {TOKEN}"}},
    "a token in the title": {"title": "glpat-abcdefgh12345678"},
}


def judged(plan: Plan) -> list[str]:
    """What is said about doors alone: no schema and no missing or unread secret helps."""
    checks = (
        *(check_doors, check_resolvers, check_credentials, check_owned_keys, check_references),
        check_visibility,
    )
    return [error.sentence for check in checks for error in check(plan)]


def test_there_are_enough_of_them() -> None:
    assert len(WAYS) + len(SETTINGS) >= 40


def test_a_stack_without_them_is_accepted(checkout: Checkout) -> None:
    unread = {name: "v" for name in SECRETS if name != "A"}
    assert sentences(shared(checkout, secrets=unread)) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_way_in_is_refused(checkout: Checkout, way: str) -> None:
    said = judged(shared(checkout, appConfig=WAYS[way]))
    assert said
    assert not [one for one in said if TOKEN in one]


def test_a_secret_beside_other_keys_is_refused_when_it_is_read(checkout: Checkout) -> None:
    with pytest.raises(ValidationError, match="nothing beside it"):
        shared(checkout, appConfig=proxy(headers={"Authorization": {"$secret": "A", "x": 1}}))


@pytest.mark.parametrize("way", SETTINGS)
def test_a_way_in_by_the_settings_is_refused(checkout: Checkout, way: str) -> None:
    said = judged(shared(checkout, **SETTINGS[way]))
    assert said
    assert not [one for one in said if TOKEN in one]


@pytest.mark.parametrize(
    "way", ["guest", "an open proxy", "a cluster whose certificate nobody verifies", "code of others"]
)
def test_what_only_this_machine_reaches_may_be_open(checkout: Checkout, way: str) -> None:
    said = sentences(planned(checkout, {**LOCAL, "appConfig": WAYS[way]}))
    assert [one for one in said if "and others" in one] == []


def test_an_address_without_tls_is_opened_by_its_own_setting(checkout: Checkout) -> None:
    written = {"appConfig": WAYS["a target without TLS"]}
    (said,) = sentences(shared(checkout, **written))
    assert "write `portal:plainHttp: [http://x.acme.example]`" in said
    assert sentences(shared(checkout, **written, plainHttp=["http://x.acme.example"])) == []
    assert sentences(shared(checkout, **written, plainHttp=["http://y.acme.example"])) != []


@pytest.mark.parametrize(
    "written",
    [
        proxy(target="http://sonar.tools.svc:9000", headers={"Authorization": SECRET}),
        proxy(target="http://sonar.tools.svc.cluster.local:9000", headers={"X-Api-Key": SECRET}),
        access("static", {"token": SECRET, "subject": "ci"}, accessRestrictions=[{"plugin": "catalog"}]),
        {**proxy(headers={"Authorization": SECRET}), **nested("backend.reading.allow", [{"host": "*.acme.example"}])},
        {**proxy(headers={"Authorization": SECRET}), **nested("backend.csp.img-src", ["'self'", "data:", "https:"])},
        {**proxy(headers={"Authorization": SECRET}), **nested("app.title", "Dangerous goods: tokens and secrets")},
        {**proxy(headers={"Authorization": SECRET}), **nested("backend.database.knexConfig.pool.max", 3)},
        {
            **proxy(headers={"Authorization": SECRET}),
            **nested("app.support", {"url": "http://wiki.acme.example/help", "items": []}),
        },
    ],
)
def test_what_is_harmless_is_accepted(checkout: Checkout, written: dict[str, Any]) -> None:
    assert sentences(shared(checkout, appConfig=written)) == []


def test_a_door_hidden_anywhere_in_a_random_app_config_is_found(checkout: Checkout) -> None:
    """Whatever is around it, and however deep it is: by its key, or by its value."""
    chance = random.Random(10)
    doors: list[Any] = [
        {"dangerouslyAllowAnything": True},
        {"credentials": "dangerously-allow-unauthenticated"},
        {"rejectUnauthorized": False},
        {"skipTLSVerify": True},
        {"target": "http://0xa9fea9fe/"},
        {"note": "Bearer abcdef123456"},
        {"url": "https://user:word@x.acme.example"},
        {"apiToken": "abcdef"},
        {"address": "http://service.acme.example:8080"},
    ]
    plan = shared(checkout)
    for _ in range(150):
        door = chance.choice(doors)
        config: Any = copy.deepcopy(door)
        for _ in range(chance.randint(1, 5)):
            key = chance.choice(["alpha", "beta", "0", "with space", "Ünder"])
            others: dict[str, Any] = {f"other{number}": chance.choice(AROUND) for number in range(3)}
            config = {key: config, **others} if chance.random() < 0.7 else {key: [others, config]}
        data = {**plan.app_config.data, "acme": config}
        hidden = replace(plan, app_config=replace(plan.app_config, data=data))
        assert any("acme" in one for one in judged(hidden)), config


def test_the_page_explains_every_door() -> None:
    page = (ROOT / "docs" / "explanation" / "doors.md").read_text()
    assert [door.title for door in DOORS if f"| {door.title} |" not in page] == []
