"""From nothing to a portal and back to nothing, on a real node, with a real browser. The order is the story."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from playwright.sync_api import Browser, expect

from portal.base.errors import PortalError
from portal.base.process import output
from portal.probe.smoke import fetch
from tests.bench.measures import running_start_and_memory
from tests.e2e.browser import Portal, visit
from tests.e2e.conftest import NOTHING_CHANGED, URL, Workplace, await_that, without_git_changes
from tests.e2e.database_pod import query
from tests.e2e.machine import Machine
from tests.e2e.planted import holding, processes, written
from tests.e2e.pods import pods_that_stay
from tests.e2e.stranger import stranger

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

SILENCE_SECONDS = 35
SERVICES = ("GitHub Actions", "Grafana", "Sentry")


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Generator[Portal]:
    """One browser for the whole visit: what goes wrong anywhere on the way is kept."""
    with visit(browser, URL) as portal:
        yield portal


def test_make_up_from_nothing(workplace: Workplace, before: Machine | None, measure: Measure) -> None:
    """Asks for nothing, says all along what it does, and leaves the checkout as it was committed."""
    assert before is None or before.files
    ended = workplace.up()
    measure("up: from nothing", ended.seconds)
    assert f"is at {URL}" in ended.said
    assert ended.silence < SILENCE_SECONDS
    assert without_git_changes(workplace.checkout.root)
    for service in SERVICES:
        assert service in ended.said


def test_status_says_what_the_portal_says(workplace: Workplace, measure: Measure) -> None:
    ended = workplace.portal("status", "--json")
    measure("portal status", ended.seconds)
    status = json.loads(ended.said)
    assert status["answers"]
    assert status["cluster"] == workplace.cluster
    assert workplace.choice.cluster in {None, status["cluster"]}
    assert workplace.choice.engine in {None, status["engine"]}
    assert tuple(status["notConnected"]) == SERVICES
    assert fetch(f"{URL}/.backstage/health/v1/readiness").status == 200


def test_a_guest_signs_in_and_sees_the_organizations_catalog(visitor: Portal) -> None:
    visitor.sign_in()
    visitor.page.get_by_role("link", name="Catalog", exact=True).first.click()
    expect(visitor.page.get_by_role("heading", name="Acme Catalog")).to_be_visible()
    expect(visitor.page.get_by_role("link", name="Portal", exact=True).last).to_be_visible()
    visitor.wait_until_loaded()


def test_a_components_page_names_what_is_ready_to_connect(visitor: Portal) -> None:
    visitor.open("/catalog/default/component/portal")
    expect(visitor.page.get_by_text("Ready to connect")).to_be_visible()
    for service in SERVICES:
        expect(visitor.page.get_by_role("link", name=service, exact=True)).to_be_visible()
    visitor.page.get_by_role("link", name="Sentry", exact=True).click()
    expect(visitor.page.get_by_text("portal secrets set SENTRY_TOKEN")).to_be_visible()
    visitor.wait_until_loaded()


def test_the_component_shows_its_own_pods(visitor: Portal) -> None:
    """The Kubernetes plugin reads the cluster with the rights that its record asks for."""
    visitor.open("/catalog/default/component/portal/kubernetes")
    expect(visitor.page.get_by_text("this-cluster").first).to_be_visible()
    expect(visitor.page.get_by_text("No pods with errors")).to_be_visible()
    visitor.page.get_by_text("this-cluster").first.click()
    expect(visitor.page.get_by_text("Deployment", exact=True).first).to_be_visible()
    visitor.wait_until_loaded()


def test_every_page_of_the_menu_opens(visitor: Portal) -> None:
    visitor.open("/")
    menu = visitor.page.locator("nav a[href^='/'], [data-testid='sidebar-root'] a[href^='/']")
    paths = list(dict.fromkeys(str(link.get_attribute("href")) for link in menu.all()))
    assert {"/catalog", "/create", "/docs", "/api-docs", "/settings", "/notifications", "/connections"} <= set(paths)
    for path in paths:
        visitor.open(path)
        assert visitor.page.locator("main, [class*='BackstagePage'], [class*='Content']").count() > 0, path


def test_search_finds(visitor: Portal) -> None:
    visitor.open("/search?query=database")
    expect(visitor.page.get_by_role("link", name="Portal database").first).to_be_visible()
    visitor.wait_until_loaded()


def test_a_template_runs_and_its_notification_arrives(visitor: Portal) -> None:
    """A workflow from the form to the inbox: scaffolder, notifications, signals and events at work."""
    visitor.open("/create/templates/default/ask-the-platform-team")
    visitor.page.get_by_label("In a few words").fill("Is the portal real?")
    visitor.page.get_by_label("The question").fill("From a form to an inbox.")
    visitor.page.get_by_role("button", name="Review").click()
    visitor.page.get_by_role("button", name="Create").click()
    expect(visitor.page.get_by_text("The platform team has your question", exact=False)).to_be_visible()
    visitor.open("/notifications")
    expect(visitor.page.get_by_text("Is the portal real?").first).to_be_visible()
    visitor.wait_until_loaded()


def test_nothing_went_wrong_on_the_way(visitor: Portal) -> None:
    """Not one console error, failed request or error answer since the browser was opened."""
    visitor.require_no_trouble()


def test_the_second_up_changes_nothing(workplace: Workplace, measure: Measure) -> None:
    pods = workplace.pods()
    ended = [workplace.up() for _ in range(3)]
    took = statistics.median(run.seconds for run in ended)
    measure("up: nothing changed", took)
    assert all(NOTHING_CHANGED[workplace.engine].search(run.said) for run in ended)
    assert workplace.pods() == pods
    assert took < (5 if workplace.engine == "kubectl" else 30)


def test_up_answers_a_machine_with_one_object(workplace: Workplace) -> None:
    """On standard output, alone; what people read goes to standard error."""
    answer = json.loads(workplace.run("sh", "-c", ".venv/bin/portal up --json 2>/dev/null").said)
    assert answer["url"] == URL
    assert answer["engine"] == workplace.engine
    assert tuple(answer["notConnected"]) == SERVICES


def test_policies_hold_where_they_are_enforced(workplace: Workplace) -> None:
    """The portal reaches its database and the API server, and no metadata address; nobody else reaches the database."""
    script = (
        "const net = require('net'); const [host, port] = process.argv.slice(1);"
        "const socket = net.connect({host, port: Number(port), timeout: 3000},"
        " () => { console.log('open'); process.exit(); });"
        "socket.on('error', e => { console.log(e.code); process.exit(); });"
        "socket.on('timeout', () => { console.log('timeout'); process.exit(); });"
    )

    def reaches(pod: str, host: str, port: int) -> str:
        command = workplace.kubectl.command(
            "exec", "--namespace=portal", pod, "--", "node", "--eval", script, host, str(port), patience=0
        )
        return output(command).strip().splitlines()[-1]

    assert reaches("deployment/backstage", "database", 5432) == "open"
    assert reaches("deployment/backstage", "kubernetes.default.svc", 443) == "open"
    assert reaches("deployment/backstage", "169.254.169.254", 80) != "open"
    assert reaches("deployment/backstage", "169.254.169.254", 443) != "open"
    with stranger(workplace.kubectl) as pod:
        assert reaches(pod, "10.96.0.1", 443) != "open"
        database = pods_that_stay(workplace.kubectl, "portal", "app.kubernetes.io/component=database")[0]
        assert reaches(pod, str(database["status"]["podIP"]), 5432) != "open"


def test_killed_pods_come_back_with_their_data(workplace: Workplace, browser: Browser, measure: Measure) -> None:
    before_kill = workplace.pods()
    for component in ("backstage", "database"):
        selector = f"--selector=app.kubernetes.io/component={component}"
        output(workplace.kubectl.command("delete", "pods", "--namespace=portal", selector, "--wait=false", "--now"))
    began = time.monotonic()
    await_that(lambda: set(workplace.pods().values()).isdisjoint(before_kill.values()), "new pods")
    await_that(lambda: _ready(workplace) and fetch(f"{URL}/.backstage/health/v1/readiness").status == 200, "ready", 120)
    measure("killed pods: answering again", time.monotonic() - began)
    with visit(browser, URL) as again:
        again.sign_in()
        again.open("/notifications")
        expect(again.page.get_by_text("Is the portal real?").first).to_be_visible()


def test_a_changed_title_rolls_the_portal_and_nothing_else(
    workplace: Workplace, browser: Browser, measure: Measure
) -> None:
    before_change = workplace.pods()
    file = workplace.checkout.portal_file
    committed = file.read_text()
    try:
        file.write_text(f"{committed}\ntitle: Acme Workbench\n")
        began = time.monotonic()
        with ThreadPoolExecutor(max_workers=1) as pool:
            live = pool.submit(_live_after, began, "Acme Workbench")
            ended = workplace.up()
        measure("up: a changed title is live", live.result())
        measure("up: a changed title, until it is verified", ended.seconds)
        if workplace.cluster == "node":
            measure("portal's own start, with a changed title", running_start_and_memory(workplace.kubectl)[0])
        after = workplace.pods()
        assert after["database"] == before_change["database"]
        assert after["backstage"] != before_change["backstage"]
        if workplace.engine == "kubectl":
            assert "configmap/backstage-config-" in ended.said
        maps = workplace.kubectl.read("configmaps", "--namespace=portal")["items"]
        assert len([m for m in maps if m["metadata"]["name"].startswith("backstage-config")]) == 1
        with visit(browser, URL) as changed:
            changed.sign_in()
            expect(changed.page.get_by_role("link", name="Home").first).to_contain_text("Acme Workbench")
            changed.wait_until_loaded()
            changed.require_no_trouble()
    finally:
        file.write_text(committed)
    workplace.up()


def _live_after(began: float, title: str) -> float:
    """Seconds until the first page has a title for the first time."""
    await_that(lambda: title in fetch(URL).body, title)
    return time.monotonic() - began


def test_what_a_pod_says_holds_no_secret(workplace: Workplace) -> None:
    """The generated values are in no log, no environment, no manifest and no process list."""
    secrets = workplace.kubectl.read("secrets", "--namespace=portal", "--selector=app.kubernetes.io/managed-by=portal")
    import base64  # noqa: PLC0415 - here only

    values = {base64.b64decode(value).decode() for item in secrets["items"] for value in item["data"].values()}
    assert len(values) >= 2
    logs = ("logs", "--namespace=portal", "--all-containers")
    said = {
        name: output(workplace.kubectl.command(*logs, name))
        for name in ("deployment/backstage", "statefulset/database")
    }
    said["the cluster's objects"] = json.dumps(workplace.kubectl.read("all,configmaps", "--namespace=portal"))
    shown = {name: text.encode() for name, text in said.items()}
    assert not holding(values, chain(shown.items(), processes(), written(workplace.checkout)))


def test_the_role_of_the_portal_is_no_superuser(workplace: Workplace) -> None:
    rights = "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = 'portal'"
    assert query(workplace.kubectl, rights) == ["f"]


def test_every_database_in_the_catalogue_is_real(workplace: Workplace) -> None:
    """The connection budget counts a pool for each schema that a plugin makes."""
    from portal.plugins.load import load_plugins  # noqa: PLC0415 - here only
    from portal.release.release import read_portal  # noqa: PLC0415

    found = query(workplace.kubectl, "select nspname from pg_namespace where nspowner = 'portal'::regrole")
    records = read_portal(workplace.checkout)[2].records
    expected = {name for plugin in records for name in load_plugins()[plugin].databases}
    assert set(found) == expected


@pytest.mark.variation
def test_a_second_stack_by_its_context(workplace: Workplace, measure: Measure) -> None:
    """Beside the first, in another namespace of a cluster that is named; it goes away and leaves the first alone."""
    file = workplace.checkout.stack_file("second")
    address = "http://localhost:7017"
    first = workplace.pods()
    try:
        file.write_text(
            workplace.checkout.stack_file("local")
            .read_text()
            .replace(
                "portal:url: http://localhost:7007",
                f"portal:url: {address}\n  portal:namespace: second\n"
                f"  portal:cluster: {{context: {workplace.kubectl.context}, kubeconfig: .portal/cluster/kubeconfig}}",
            )
        )
        up = ("up", "--stack", "second", *workplace.choice.words("engine", "builder"))
        ended = workplace.portal(*up)
        measure("up: a first deployment into a running cluster", ended.seconds)
        assert fetch(f"{address}/.backstage/health/v1/readiness").status == 200
        assert NOTHING_CHANGED[workplace.engine].search(workplace.portal(*up).said)
        workplace.portal("down", "--stack", "second")
        assert fetch(address, timeout=1).status is None
        workplace.portal(*up)
        assert fetch(f"{address}/.backstage/health/v1/readiness").status == 200
        workplace.portal("down", "--stack", "second", "--delete-data")
    finally:
        file.unlink()
    _require_only_the_first(workplace, first, gone="second")


def test_a_second_stack_beside_the_first(workplace: Workplace) -> None:
    """In the cluster that the first one made, with nothing named: it is reached, stopped and deleted by itself."""
    checkout = workplace.checkout
    file, address = checkout.stack_file("beside"), "http://localhost:7018"
    first = workplace.pods()
    text = checkout.stack_file("local").read_text()
    file.write_text(text.replace(f"portal:url: {URL}", f"portal:url: {address}\n  portal:namespace: beside"))
    ready = "/.backstage/health/v1/readiness"
    up = ("up", "--stack", "beside", *workplace.choice.words("engine", "cluster", "builder"))
    try:
        workplace.portal(*up)
        assert fetch(f"{address}{ready}").status == 200
        assert "The cluster stays: it also has local." in workplace.portal("down", "--stack", "beside").said
        assert fetch(address, timeout=1).status is None
        assert fetch(f"{URL}{ready}").status == 200
        workplace.portal(*up)
        workplace.portal("down", "--stack", "beside", "--delete-data")
    finally:
        file.unlink()
    _require_only_the_first(workplace, first, gone="beside")


def _require_only_the_first(workplace: Workplace, first: object, *, gone: str) -> None:
    """Of the second stack nothing is left in the cluster, and the first one's pods are the same and serve."""
    left = workplace.kubectl.read("namespaces,clusterroles,clusterrolebindings")["items"]
    assert not [item["metadata"]["name"] for item in left if gone in item["metadata"]["name"]]
    assert workplace.pods() == first
    assert fetch(f"{URL}/.backstage/health/v1/readiness").status == 200


def _ready(workplace: Workplace) -> bool:
    try:
        items = workplace.kubectl.read("deployments,statefulsets", "--namespace=portal")["items"]
    except PortalError:
        return False
    return all(item["status"].get("readyReplicas", 0) == item["spec"]["replicas"] for item in items)
