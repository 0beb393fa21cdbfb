"""Take the pictures of the README from the portal that runs: ``make screenshots``."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.browser import launch, visit

URL = "http://localhost:7007"
IMAGES = Path(__file__).parent / "images"
PAGES = {
    "home": "/",
    "component": "/catalog/default/component/portal",
    "connections": "/connections",
}


def main() -> None:
    """Sign in as a guest and look at each page."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, launch(playwright) as browser, visit(browser, URL) as portal:
        portal.sign_in()
        for name, path in PAGES.items():
            portal.open(path)
            portal.page.mouse.move(700, 850)
            portal.page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
