"""What installed code would refuse at its start is a sentence before; what its schema forgets to declare is taken."""

from __future__ import annotations

import re

import pytest

from portal.appconfig.undeclared import UNDECLARED, VALUES, with_undeclared
from portal.base.checkout import Checkout
from portal.checks.config_schema import check_config_schema
from portal.checks.extension_ids import EXTENSIONS
from portal.checks.idle_words import check_idle_words
from portal.checks.start_rules import RULES, check_start_rules
from portal.plan import Plan, load_plan
from portal.plugins.published import published_packages
from tests.support.cases import says
from tests.support.checkouts import ACME
from tests.support.sign_in_modules import modules


def plan_with(checkout: Checkout, app_config: str) -> Plan:
    stack = checkout.stack_file("local")
    stack.write_text(f"{stack.read_text()}  portal:appConfig: {app_config}\n")
    return load_plan(checkout, "local")


def proxy(endpoint: str) -> str:
    return f"{{proxy: {{endpoints: {{/jira: {endpoint}}}}}}}"


def cluster(entry: str) -> str:
    clusters = f"[{{type: config, clusters: [{entry}]}}]"
    return f"{{kubernetes: {{clusterLocatorMethods: {clusters}}}}}"


def gke(keys: str) -> str:
    return f"{{kubernetes: {{clusterLocatorMethods: [{{type: gke, projectId: a, {keys}}}]}}}}"


def github(entry: str) -> str:
    return f"{{integrations: {{github: [{entry}]}}}}"


def gitlab(entry: str) -> str:
    return f"{{integrations: {{gitlab: [{entry}]}}}}"


def access(options: str, rest: str = "") -> str:
    return f"{{backend: {{auth: {{externalAccess: [{{type: static, options: {options}{rest}}}]}}}}}}"


def allow(host: str) -> str:
    return f"{{backend: {{reading: {{allow: [{{host: '{host}'}}]}}}}}}"


def resolver(provider: str, name: str, rest: str = "") -> str:
    signed_in = f"{{signIn: {{resolvers: [{{resolver: {name}{rest}}}]}}}}"
    return f"{{auth: {{providers: {{{provider}: {{production: {signed_in}}}}}}}}}"


REFUSED = [
    (proxy("jira.acme.example"), "proxy.endpoints./jira: got jira.acme.example ... put https:// in front"),
    (proxy("{target: 'jira.acme.example/rest'}"), "proxy.endpoints./jira.target: got jira.acme.example/rest"),
    (proxy("{target: 'localhost:8080'}"), "proxy.endpoints./jira.target: got localhost:8080"),
    (proxy("{target: 'https://'}"), "proxy.endpoints./jira.target: got https:// ... with its scheme"),
    (proxy("{target: 'https://jira:port'}"), "correct the address"),
    (cluster("{name: a, url: 'https://a'}"), "clusters[0].authProvider: got nothing"),
    (cluster("{name: a, url: 'https://a', authProvider: serviceaccount}"), "did you mean serviceAccount"),
    (
        cluster("{name: a, url: 'https://a', authMetadata: {kubernetes.io/auth-provider: gke}}"),
        "clusters[0].authProvider: got gke",
    ),
    (cluster("{name: a, url: 'https://a', authProvider: oidc}"), "clusters[0].oidcTokenProvider: got nothing"),
    (
        cluster("{name: a, url: 'https://a', authProvider: aws}, {name: a, url: 'https://b', authProvider: aws}"),
        "clusters[1].name: got a a second time",
    ),
    ("{techdocs: {publisher: {type: awsS3}}}", "techdocs.publisher.awsS3.bucketName: got nothing"),
    ("{techdocs: {publisher: {type: googleGcs}}}", "techdocs.publisher.googleGcs.bucketName: got nothing"),
    ("{techdocs: {publisher: {type: azureBlobStorage}}}", "publisher.azureBlobStorage.containerName: got nothing"),
    ("{techdocs: {publisher: {type: openStackSwift}}}", "publisher.openStackSwift.containerName: got nothing"),
    (access("{token: hunter2, subject: ci}"), "options.token: got a secret that ... 8 characters"),
    (access("{token: 'hunter2 hunter2', subject: ci}"), "options.token: got a secret that ... without blanks"),
    (access("{token: hunter22hunter2, subject: the build}"), "options.subject: got the build ... without blanks"),
    (
        access("{token: a, subject: b}", ", accessRestrictions: [{plugin: catalog}, {plugin: catalog}]"),
        "accessRestrictions[1].plugin: got catalog a second time",
    ),
    (
        access("{token: a, subject: b}", ", accessRestrictions: [{plugin: a, permissionAttribute: {action: raed}}]"),
        "action: got raed ... did you mean read",
    ),
    (github("{host: git.acme.example}"), "github[0].apiBaseUrl: got nothing ... https://git.acme.example/api/v3"),
    (
        github("{host: acme.ghe.com}"),
        "github[0].apiBaseUrl: got nothing ... write apiBaseUrl: https://api.acme.ghe.com",
    ),
    (
        github("{host: acme.ghe.com, apiBaseUrl: 'https://acme.ghe.com/api/v3'}"),
        "got https://acme.ghe.com/api/v3 ... write apiBaseUrl: https://api.acme.ghe.com",
    ),
    (
        github("{host: git.acme.example, apiBaseUrl: 'https://git.acme.example'}"),
        "github[0].apiBaseUrl: got https://git.acme.example ... /api/v3",
    ),
    (github("{host: 'https://git.acme.example', apiBaseUrl: 'https://a/api/v3'}"), "github[0].host: got https://git"),
    ("{integrations: {gitlab: [{host: git.acme.example}]}}", "gitlab[0].apiBaseUrl: got nothing ... /api/v4"),
    (
        gitlab("{host: 192.0.2.9, baseUrl: 'http://192.0.2.9:9090', apiBaseUrl: 'http://192.0.2.9:9090/api/v4'}"),
        "gitlab[0].baseUrl: got http://192.0.2.9:9090 ... write host: 192.0.2.9:9090",
    ),
    (allow("https://files.acme.example"), "allow[0].host: got https://files ... write host: files.acme.example"),
    (allow("files.acme.example/public"), "allow[0].host: got files.acme.example/public"),
    (allow("files.*.acme.example"), "allow[0].host: got files.*.acme.example"),
    (allow("files.acme.example:9000-8000"), "allow[0].host: got files.acme.example:9000-8000 ... a range"),
    *(
        (
            resolver(provider, "preferredUsernameMatchingUserEntityName"),
            "resolver: got preferredUsernameMatchingUserEntityName ... one of",
        )
        for provider in ("github", "oidc")
    ),
]
TAKEN = [
    proxy("https://jira.acme.example"),
    proxy("{target: 'http://jira.acme.example:8080/rest'}"),
    proxy("{target: '${JIRA:-https://jira.acme.example}'}"),
    cluster("{name: a, url: 'https://a', authMetadata: {kubernetes.io/auth-provider: aws}}"),
    cluster("{name: a, url: 'https://a', authProvider: oidc, oidcTokenProvider: okta}"),
    "{techdocs: {publisher: {type: awsS3, awsS3: {bucketName: docs}}}}",
    access("{token: {$secret: CI_TOKEN}, subject: ci}", ", accessRestrictions: [{plugin: catalog}]"),
    github("{host: github.com}"),
    github("{host: acme.ghe.com, apiBaseUrl: 'https://api.acme.ghe.com'}"),
    github("{host: git.acme.example, apiBaseUrl: 'https://git.acme.example/api/v3/'}"),
    github("{host: 'git.acme.example:8443', rawBaseUrl: 'https://git.acme.example:8443/raw'}"),
    allow("*.acme.example:8000-9000"),
    gitlab("{host: git.acme.example, baseUrl: 'https://git.acme.example:443', apiBaseUrl: 'https://a/api/v4'}"),
    resolver("github", "userIdMatchingUserEntityAnnotation"),
    resolver("oidc", "emailMatchingUserEntityProfileEmail"),
]


@pytest.mark.parametrize(("app_config", "expected"), REFUSED)
def test_a_value_that_stops_the_start_is_a_sentence(app_config: str, expected: str, checkout: Checkout) -> None:
    found = [error.sentence for error in check_start_rules(plan_with(checkout, app_config))]
    assert any(says(sentence, f"stacks/Pulumi.local.yaml ... app-config ... {expected}") for sentence in found), found
    assert "hunter2" not in " ".join(found)


@pytest.mark.parametrize("app_config", TAKEN)
def test_a_value_that_backstage_takes_is_taken(app_config: str, checkout: Checkout) -> None:
    assert [error.sentence for error in check_start_rules(plan_with(checkout, app_config))] == []


def test_the_rules_were_taken_from_what_is_locked() -> None:
    """When this fails, read the code that each entry names again, and write down the version that it is from then.

    Of plugins that no portal here has, what a record names counts as locked.
    """
    lock = (ACME / "app" / "yarn.lock").read_text()
    locked = set(re.findall(r'resolution: "(@backstage/[^@]+)@npm:([^"]+)"', lock))
    named = {(entry.package, entry.version) for entry in (*RULES, *UNDECLARED, *VALUES)}
    recorded = {(name, one.version) for name, one in published_packages().items()}
    recorded |= {(name, str(one["version"])) for name, one in modules().items()}
    assert {*named, *EXTENSIONS} <= locked | recorded


UNDECLARED_KEYS = [
    proxy("{target: 'https://jira', followRedirects: true, secure: true, timeout: 5000, xfwd: true}"),
    cluster("{name: a, url: 'https://a', authProvider: aws, assumeRole: 'arn:aws:iam::1:role/a', externalId: b}"),
    cluster("{name: a, url: 'https://a', authProvider: aws, dashboardUrl: 'https://b', dashboardApp: standard}"),
    cluster("{name: a, url: 'https://a', authProvider: aws, dashboardParameters: {projectId: a}}"),
    gke("exposeDashboard: true, matchingResourceLabels: [{key: a, value: b}]"),
    "{techdocs: {publisher: {local: null, type: awsS3, awsS3: {bucketName: a, maxAttempts: 3, httpsProxy: 'http://p'}}}}",
    "{techdocs: {generator: {runIn: local, mkdocs: {omitTechdocsCorePlugin: true}}}}",
    "{integrations: {awsCodeCommit: [{region: eu-west-1, roleArn: 'arn:aws:iam::1:role/a'}]}}",
    "{catalog: {actions: {experimentalCatalogLayersDescriptions: {enabled: true}}}}",
    "{kubernetes: {objectTypes: [pods, persistentvolumes]}}",
]
STILL_REFUSED = [
    proxy("{target: 'https://jira', followRedirect: true}"),
    proxy("{target: 'https://jira', timeout: soon}"),
    cluster("{name: a, url: 'https://a', authProvider: aws, dashboardURL: 'https://b'}"),
    gke("dashboardUrl: 'https://b'"),
    "{techdocs: {publisher: {local: null, type: googleGcs, googleGcs: {bucketName: a, maxAttempts: 3}}}}",
    "{kubernetes: {objectTypes: [pods, persistentvolume]}}",
]


@pytest.mark.parametrize("app_config", UNDECLARED_KEYS)
def test_a_key_that_installed_code_reads_is_taken(app_config: str, checkout: Checkout) -> None:
    assert [error.sentence for error in check_config_schema(plan_with(checkout, app_config))] == []


@pytest.mark.parametrize("app_config", STILL_REFUSED)
def test_a_key_that_nothing_reads_is_refused(app_config: str, checkout: Checkout) -> None:
    assert [error.sentence for error in check_config_schema(plan_with(checkout, app_config))]


def test_every_undeclared_key_has_its_place_in_a_schema(checkout: Checkout) -> None:
    """An entry whose path no longer leads anywhere would do nothing.

    The schemas of plugins that no portal here has are not known.
    """
    of_modules = [{"package": name, "schema": one["schema"]} for name, one in modules().items() if one["schema"]]
    locked = load_plan(checkout, "local").loaded.schemas.packages
    names = {entry["package"] for entry in locked}
    schemas = [*locked, *(entry for entry in of_modules if entry["package"] not in names)]
    before = str(schemas)
    here = {entry["package"] for entry in schemas}
    for extra in UNDECLARED:
        if extra.package not in here:
            assert published_packages()[extra.package].config_schema == "json"
            continue
        schema = next(entry for entry in with_undeclared(schemas) if entry["package"] == extra.package)
        assert all(f"'{key}':" in str(schema) for key in extra.keys), extra.beside
    for more in VALUES:
        old, new = (
            next(str(entry) for entry in found if entry["package"] == more.package)
            for found in (schemas, with_undeclared(schemas))
        )
        assert all(new.count(str(value)) > old.count(str(value)) for value in more.values), more.at
    assert str(schemas) == before, "the schemas of the release are left as they were"


IDLE = [
    ("{auth: {providers: {microsoft: {production: {clientId: a}}}}}", "auth.providers.microsoft: got a provider that"),
    ("{auth: {providers: {okat: {}}}}", "auth.providers.okat: got a provider that is not in the image"),
    ("{backend: {csp: {image-src: ['*']}}}", "backend.csp.image-src: got a directive ... did you mean img-src"),
    ("{backend: {csp: {imgSource: ['*']}}}", "backend.csp.imgSource: got a directive"),
    ("{backend: {csp: {img-src: [self]}}}", "backend.csp.img-src[0]: got self ... write 'self'"),
    ("{backend: {csp: {script-src: [\"'self'\", unsafe-inline]}}}", "backend.csp.script-src[1]: got unsafe-inline"),
    ("{backend: {csp: {script-src: [nonce-abc]}}}", "backend.csp.script-src[0]: got nonce-abc"),
    (proxy("{target: 'https://a', headers: {Authorization: 'Bearer {$secret: A}'}}"), "got $secret inside of a text"),
    (proxy("{target: 'https://a', headers: {A: '{ $env: A }'}}"), "got $env inside of a text"),
    ("{app: {extensions: [page:catalog-graf]}}", "got the extension page:catalog-graf ... did you mean page:catalog"),
    (
        "{app: {extensions: [{entity-card:sentry/sentry-isues: false}]}}",
        "did you mean entity-card:sentry/sentry-issues",
    ),
    ("{app: {extensions: [nav-itm:x, 5, {page:hom: {config: {path: /}}}]}}", "did you mean page:home"),
]
BUSY = [
    "{auth: {providers: {github: {production: {callbackUrl: 'https://a'}}}}}",
    "{auth: {providers: {oidc: {production: {prompt: auto}}}}}",
    "{backend: {csp: {imgSrc: [\"'self'\", 'data:', 'https://self.acme.example'], frame-ancestors: false}}}",
    proxy("{target: 'https://a', headers: {Authorization: {$secret: A}}}"),
    # Of packages that nothing here knows.
    "{app: {extensions: [page:acme-billing, {entity-card:acme/cost: false}, nav-item:catalog]}}",
]


@pytest.mark.parametrize(("app_config", "expected"), IDLE)
def test_a_word_that_does_nothing_is_a_sentence(app_config: str, expected: str, checkout: Checkout) -> None:
    found = [error.sentence for error in check_idle_words(plan_with(checkout, app_config))]
    assert len(found) == 1
    assert says(found[0], f"app-config ... {expected}"), found


@pytest.mark.parametrize("app_config", BUSY)
def test_a_word_that_does_something_is_taken(app_config: str, checkout: Checkout) -> None:
    assert [error.sentence for error in check_idle_words(plan_with(checkout, app_config))] == []
