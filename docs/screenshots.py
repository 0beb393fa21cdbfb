"""Take the pictures of the README from the portal that runs: ``make screenshots``.

``python -m tests.support.checkouts`` makes the checkout `.e2e`, which has the stack with data.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from portal.probe.smoke import fetch
from tests.e2e.browser import Portal, launch, visit
from tests.e2e.fakes import serve_fakes
from tests.e2e.fakes.github import RUN_MESSAGE

URL = "http://localhost:7007"
CONNECTED_URL = "http://localhost:7027"
CONNECTED_PAGE = "/catalog/default/component/storefront"
IMAGES = Path(__file__).parent / "images"
PAGES = {
    "home": "/",
    "component": "/catalog/default/component/portal",
    "connections": "/connections",
}


def main() -> None:
    """Sign in as a guest and look at each page; and at one with data, where the stack of the fakes is up."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, launch(playwright) as browser:
        if fetch(URL).status == 200:
            with visit(browser, URL) as portal:
                portal.sign_in()
                for name, path in PAGES.items():
                    portal.open(path)
                    _take(portal, name)
        if fetch(CONNECTED_URL).status == 200:
            _look_at_data(browser)


def _look_at_data(browser: Browser) -> None:
    """A component's page with what GitHub, Sentry and Grafana know of it: `portal up --stack e2e` in `.e2e`."""
    with serve_fakes(), visit(browser, CONNECTED_URL) as portal:
        portal.page.set_viewport_size({"width": 1400, "height": 1250})
        portal.sign_in()
        portal.link_github(CONNECTED_PAGE)
        expect(portal.page.get_by_role("link", name=RUN_MESSAGE)).to_be_visible()
        portal.wait_until_loaded()
        _take(portal, "connected")


def _take(portal: Portal, name: str) -> None:
    portal.page.mouse.move(700, 850)
    portal.page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
