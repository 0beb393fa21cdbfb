"""GitHub, Sentry and Grafana connected: people sign in and link their account, and see what is theirs to see."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from portal.base.process import output
from tests.e2e.browser import Portal, visit
from tests.e2e.conftest import Workplace, await_that
from tests.e2e.fakes import Fakes, serve_fakes
from tests.e2e.fakes.github import RUN_ID, RUN_MESSAGE
from tests.e2e.fakes.grafana import ALERT, DASHBOARD
from tests.e2e.fakes.sentry import ISSUE
from tests.e2e.openid import CLIENT_ID, CLIENT_SECRET, ISSUER, open_id_provider
from tests.e2e.outsider import REFUSED, answer, attempts
from tests.e2e.planted import holding, places

pytestmark = pytest.mark.e2e

STACK = NAMESPACE = "e2e"
URL = "http://localhost:7027"
COMPONENT = "/catalog/default/component/storefront"

# Whether somebody has a session is asked by a request that is answered with 401 where there is none.
NO_SESSION_YET = "/api/auth/github/refresh"


@pytest.fixture(scope="module")
def fakes(workplace: Workplace) -> Generator[Fakes]:
    workplace.require(cluster="node", why="the fakes answer at the machine's end of its link, as the stack's file says")
    with serve_fakes() as served:
        yield served


@pytest.fixture(scope="module", autouse=True)
def connected(workplace: Workplace, fakes: Fakes) -> Generator[None]:
    """The stack `e2e` beside the one that runs; its secrets are typed in, as a person would."""
    try:
        for name, value in fakes.secrets.items():
            workplace.portal("secrets", "set", name, "--stack", STACK, given=value)
        workplace.portal("up", "--stack", STACK)
        yield
    finally:
        # Nobody is served any more: no need to wait for what a portal does for its users before it ends.
        kinds = "deployments,statefulsets,pods"
        output(workplace.kubectl.command("delete", kinds, "--all", "--now", f"--namespace={NAMESPACE}", patience=0))
        workplace.portal("down", "--stack", STACK, "--delete-data")


@pytest.fixture
def visitor(browser: Browser) -> Generator[Portal]:
    with visit(browser, URL) as portal:
        yield portal


def test_the_catalog_is_read_from_github_with_the_stacks_token(visitor: Portal, fakes: Fakes) -> None:
    visitor.sign_in()
    await_that(lambda: _known(visitor), "the component of the repository is in the catalog")
    assert "GET /api/v3/repos/acme/catalog/contents/all.yaml" in fakes.github.served


def test_a_guest_links_their_github_account_and_sees_builds_issues_and_dashboards(
    visitor: Portal, fakes: Fakes
) -> None:
    visitor.sign_in()
    page = visitor.page
    visitor.link_github(COMPONENT)
    expect(page.get_by_role("link", name=RUN_MESSAGE)).to_be_visible()
    for shown in (ISSUE, DASHBOARD, ALERT):
        expect(page.get_by_role("link", name=shown)).to_be_visible()
    visitor.wait_until_loaded()
    visitor.open(f"{COMPONENT}/github-actions")
    expect(page.get_by_text(str(RUN_ID), exact=True)).to_be_visible()
    visitor.wait_until_loaded()
    visitor.open(f"{COMPONENT}/sentry")
    expect(page.get_by_role("link", name=ISSUE)).to_be_visible()
    visitor.open("/settings/auth-providers")
    expect(page.get_by_text("Ada", exact=True)).to_be_visible()
    assert list(fakes.github.issued.values()) == ["ada"]
    _require_no_trouble(visitor)


def test_the_credentials_arrive_where_they_should_and_are_seen_nowhere(workplace: Workplace, fakes: Fakes) -> None:
    """The fakes answer nobody who comes with another credential, or with none."""
    assert fakes.refused == []
    assert fakes.sentry.served
    assert fakes.grafana.served
    assert {"POST /login/oauth/access_token", "GET /api/v3/user"} <= set(fakes.github.served)
    values = [value for name, value in fakes.secrets.items() if name != "GITHUB_CLIENT_ID"]
    seen = places(workplace, namespace=NAMESPACE, stack=STACK, since=fakes.began)
    # The search finds what is no secret.
    assert {"portal render", "the cluster's objects"} <= set(holding([URL], seen.items()))
    assert holding([*values, *fakes.github.issued], seen.items()) == []


def test_people_sign_in_with_github_and_strangers_do_not(workplace: Workplace, browser: Browser, fakes: Fakes) -> None:
    file = workplace.checkout.stack_file(STACK)
    committed = file.read_text()
    try:
        file.write_text(committed.replace("signIn: {provider: guest}", "signIn: {provider: github}"))
        workplace.portal("up", "--stack", STACK)
    finally:
        file.write_text(committed)
    with visit(browser, URL) as known:
        known.sign_in_with_github()
        expect(known.page.get_by_role("link", name="Catalog", exact=True).first).to_be_visible()
        known.open("/settings")
        expect(known.page.get_by_role("heading", name="User Entity: Ada")).to_be_visible()
        _require_no_trouble(known)
    fakes.github.login = "mallory"
    with visit(browser, URL) as stranger:
        stranger.sign_in_with_github()
        expect(stranger.page.get_by_text("unable to resolve user identity", exact=False).first).to_be_visible()
    assert fakes.refused == []


def test_nobody_is_somebody_without_signing_in() -> None:
    """People sign in with GitHub now, and what a door would open is shut (docs/explanation/doors.md)."""
    tried = list(attempts())
    assert len(tried) >= 40
    answers = {f"{attempt.method} {attempt.path} {dict(attempt.headers)}": answer(URL, attempt) for attempt in tried}
    assert {what: status for what, status in answers.items() if status not in REFUSED} == {}


@pytest.mark.variation
def test_people_sign_in_at_an_open_id_provider_and_strangers_do_not(
    workplace: Workplace, browser: Browser, tmp_path: Path
) -> None:
    """A real one: the provider is a record of the plugin library, and neither Python nor TypeScript knows its name."""
    file = workplace.checkout.stack_file(STACK)
    committed = file.read_text()
    chosen = f"signIn: {{provider: oidc, issuer: '{ISSUER}', title: Acme ID}}"
    with open_id_provider(tmp_path, URL) as provider:
        for name, value in (("OIDC_CLIENT_ID", CLIENT_ID), ("OIDC_CLIENT_SECRET", CLIENT_SECRET)):
            workplace.portal("secrets", "set", name, "--stack", STACK, given=value)
        try:
            file.write_text(committed.replace("signIn: {provider: guest}", chosen))
            workplace.portal("up", "--stack", STACK)
        finally:
            file.write_text(committed)
        with visit(browser, URL) as known:
            known.sign_in_with_open_id("Acme ID", "ada")
            expect(known.page.get_by_role("link", name="Catalog", exact=True).first).to_be_visible()
            known.open("/settings")
            expect(known.page.get_by_role("heading", name="User Entity: Ada")).to_be_visible()
            assert [line for line in known.trouble if "/api/auth/oidc/refresh" not in line] == []
        with visit(browser, URL) as stranger:
            stranger.sign_in_with_open_id("Acme ID", "mallory")
            expect(stranger.page.get_by_text("unable to resolve user identity", exact=False).first).to_be_visible()
        assert "granted" in provider.lines
        assert not [line for line in provider.lines if line.startswith("refused")]
    seen = places(workplace, namespace=NAMESPACE, stack=STACK, since=time.time())
    assert holding([CLIENT_SECRET], seen.items()) == []


def _known(visitor: Portal) -> bool:
    """Whether the catalog has the component; asked beside the page, which would call its absence an error."""
    request = visitor.page.request
    session = request.get(f"{URL}/api/auth/guest/refresh", headers={"X-Requested-With": "XMLHttpRequest"}).json()
    token = session["backstageIdentity"]["token"]
    address = f"{URL}/api/catalog/entities/by-name/component/default/storefront"
    return request.get(address, headers={"Authorization": f"Bearer {token}"}).ok


def _require_no_trouble(visitor: Portal) -> None:
    assert [line for line in visitor.trouble if NO_SESSION_YET not in line] == []
