"""A real browser, and everything that goes wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, Response, expect

# As root, and on machines that reach nothing: Chromium's own background traffic would fail loudly.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
ERROR_PANELS = ".MuiAlert-standardError, .MuiAlert-filledError, [class*='ErrorPanel'], [data-testid='error-page']"
PATIENCE = 20_000


@dataclass
class Portal:
    """A portal in a browser. ``trouble`` collects console errors, failed requests and error answers, all along."""

    page: Page
    url: str
    trouble: list[str] = field(default_factory=list[str])

    def sign_in(self) -> None:
        """Enter as a guest."""
        self.page.goto(self.url)
        self.page.get_by_role("button", name="Enter").click()
        expect(self.page.get_by_role("link", name="Catalog", exact=True).first).to_be_visible()
        self.wait_until_loaded()

    def sign_in_with_github(self) -> None:
        """Enter by the card that the page offers, and let the portal know who one is at GitHub."""
        self.page.goto(self.url)
        self._authorize("Sign In")

    def sign_in_with_open_id(self, title: str, login: str) -> None:
        """Enter by the card with a title: log in at the OpenID provider's own page, and consent there."""
        self.page.goto(self.url)
        expect(self.page.get_by_text(title, exact=True)).to_be_visible()
        with self.page.expect_popup() as popup:
            self.page.get_by_role("button", name="Sign In").click()
        window = popup.value
        with window.expect_event("close"):
            window.locator("input[name=login]").fill(login)
            window.locator("input[name=password]").fill("anything")
            window.locator("button[type=submit]").click()
            window.get_by_role("button", name="Continue").click()

    def link_github(self, path: str) -> None:
        """Open a page that asks for a GitHub account, and link it."""
        self.page.goto(f"{self.url}{path}")
        expect(self.page.get_by_role("heading", name="Login Required")).to_be_visible()
        self._authorize("Log in")

    def _authorize(self, button: str) -> None:
        """Press the button and consent in the window that opens; it closes once the portal has the answer."""
        with self.page.expect_popup() as popup:
            self.page.get_by_role("button", name=button).click()
        with popup.value.expect_event("close"):
            popup.value.get_by_role("button", name="Authorize").click()

    def open(self, path: str) -> None:
        """Open a page by its address and wait until it is still."""
        self.page.goto(f"{self.url}{path}")
        self.wait_until_loaded()

    def wait_until_loaded(self) -> None:
        """Wait until nothing loads any more, then look for error panels."""
        self.page.wait_for_load_state("networkidle")
        expect(self.page.get_by_test_id("progress")).to_have_count(0)
        self.require_no_error_panel()

    def require_no_error_panel(self) -> None:
        """No red panel on the page."""
        panels = self.page.locator(ERROR_PANELS)
        assert panels.count() == 0, f"{self.page.url}: {panels.all_inner_texts()}"

    def require_no_trouble(self) -> None:
        """Nothing went wrong since the browser was opened."""
        assert self.trouble == []


def launch(playwright: Playwright) -> Browser:
    """The machine's Chromium or Chrome: Playwright's own is a download."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program is not None, "Debian: apt-get install chromium"
    return playwright.chromium.launch(executable_path=program, args=FLAGS)


@contextmanager
def visit(running: Browser, url: str) -> Generator[Portal]:
    """A visit with a fresh profile: nobody is signed in."""
    with running.new_context(viewport={"width": 1400, "height": 900}) as profile:
        page = profile.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        portal = Portal(page, url)
        page.on("console", lambda message: _console(portal, message))
        page.on("pageerror", lambda error: portal.trouble.append(f"uncaught: {error}"))
        page.on("requestfailed", lambda request: _failed(portal, request))
        page.on("response", lambda response: _answered(portal, response))
        yield portal


def _console(portal: Portal, message: ConsoleMessage) -> None:
    if message.type == "error":
        portal.trouble.append(f"console: {message.text} ({message.location['url']})")


def _failed(portal: Portal, request: Request) -> None:
    # What a page itself takes back (a search while one types on, a page left early) has not failed.
    if request.failure != "net::ERR_ABORTED":
        portal.trouble.append(f"failed: {request.url} ({request.failure})")


def _answered(portal: Portal, response: Response) -> None:
    if response.status >= 400:
        portal.trouble.append(f"{response.status}: {response.url}")
