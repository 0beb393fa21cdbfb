"""Where a record pins a version that does not fit a release, a later one that fits is taken, or a person is told."""

from __future__ import annotations

from portal.release.record_versions import PinnedPackage, pinned_packages, pinned_version
from portal.release.release import read_portal
from tests.support.checkouts import Checkout

RECORD = "portal/plugins/records/acme.yaml"
PACKAGE = PinnedPackage("@acme/plugin", "1.0.0", RECORD, ("packages", "frontend", "@acme/plugin"))
RELEASE = {"@backstage/core": "0.18.1", "react": "18.3.1"}


def asks(core: str, react: str = "^17.0.0 || ^18.0.0") -> dict[str, str]:
    return {"@backstage/core": core, "react": react, "lodash": "^1.0.0"}


def test_what_fits_stays_even_if_there_is_something_newer() -> None:
    found = pinned_version(PACKAGE, {"1.0.0": asks("^0.18.0"), "1.1.0": asks("^0.18.0")}, RELEASE)
    assert (found.version, found.moved, found.misfits) == ("1.0.0", False, ())


def test_the_nearest_later_version_that_fits_is_taken() -> None:
    published = {
        "1.3.0": asks("^0.18.1"),
        "1.2.0": asks("^0.18.0"),
        "1.1.1-next.0": asks("^0.18.0"),
        "1.1.0": asks("^0.17.0"),
        "1.0.0": asks("^0.16.0"),
        "0.9.0": asks("^0.18.0"),
    }
    found = pinned_version(PACKAGE, published, RELEASE)
    assert (found.version, found.moved, found.misfits) == ("1.2.0", True, ())


def test_where_none_fits_it_is_said_why() -> None:
    published = {"1.0.0": asks("^0.17.0", "^17.0.0"), "1.1.0": asks("^0.19.0")}
    found = pinned_version(PACKAGE, published, RELEASE)
    assert (found.version, found.moved) == ("1.0.0", False)
    assert found.misfits == (
        "asks for @backstage/core ^0.17.0, and the release has 0.18.1",
        "asks for react ^17.0.0, and the release has 18.3.1",
    )


def test_of_a_version_that_the_registry_does_not_have_nothing_is_said() -> None:
    assert pinned_version(PACKAGE, {}, RELEASE).misfits == ()


def test_the_pinned_packages_of_a_portal_are_those_with_a_version_in_a_record(checkout: Checkout) -> None:
    _, _, composition = read_portal(checkout)
    found = pinned_packages(composition)
    assert {one.name for one in found} == {
        *("@backstage-community/plugin-github-actions", "@backstage-community/plugin-grafana"),
        "@backstage-community/plugin-sentry",
    }
    for one in found:
        assert one.version == composition.frontend[one.name]
