"""The versions of a release follow from what its packages ask for, in whatever order that is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from portal.release.release_versions import (
    Asks,
    is_release,
    later_patch,
    lower_bounds,
    older_than_release,
    version_in_release,
    with_what_they_ask_for,
)

# An invented release: `core` is in the template; `types`, `errors` and `node` are only asked for.
REGISTRY: Mapping[tuple[str, str], Asks] = {
    ("@backstage/core", "2.0.0"): {"@backstage/types": "^1.1.0", "@backstage/errors": "^1.3.0", "react": "^18.0.0"},
    ("@backstage/plugin", "3.0.0"): {"@backstage/core": "^2.0.0", "@backstage/errors": "^1.10.0"},
    ("@backstage/errors", "1.10.0"): {"@backstage/types": "^1.2.0", "@backstage/node": "^0.9.0"},
    ("@backstage/errors", "1.3.0"): {"@backstage/types": "^1.1.0", "@backstage/old": "^0.1.0"},
    ("@backstage/node", "0.9.0"): {"@backstage/core": "^2.1.0"},
}
TEMPLATE = {"@backstage/core": "2.0.0", "@backstage/plugin": "3.0.0"}


def asks_of(packages: Mapping[str, str]) -> Iterable[Asks]:
    return [REGISTRY.get(package, {}) for package in packages.items()]


def test_what_is_asked_for_has_its_highest_lower_bound_and_the_template_stays() -> None:
    assert with_what_they_ask_for(TEMPLATE, asks_of, {}) == {
        **TEMPLATE,
        "@backstage/errors": "1.10.0",
        "@backstage/node": "0.9.0",
        "@backstage/types": "1.2.0",
    }


def test_a_supposed_version_counts_until_a_newer_one_is_asked_for() -> None:
    supposed = {"@backstage/types": "1.1.9", "@backstage/node": "0.9.1", "@backstage/leaf": "5.0.0"}
    found = with_what_they_ask_for(TEMPLATE, asks_of, supposed)
    assert {name: found[name] for name in supposed} == {**supposed, "@backstage/types": "1.2.0"}


def test_the_order_in_which_packages_are_read_does_not_matter() -> None:
    reversed_template = dict(reversed(list(TEMPLATE.items())))
    assert list(with_what_they_ask_for(reversed_template, asks_of, {}).items()) == list(
        with_what_they_ask_for(TEMPLATE, asks_of, {}).items()
    )


RELEASE = {"@backstage/core": "2.10.0", "@backstage/types": "1.2.0"}


def asks(core: str, types: str = "1.2.0") -> Asks:
    return {"@backstage/core": f"^{core}", "@backstage/types": f"^{types}", "react": "^18.0.0"}


@pytest.mark.parametrize(
    ("published", "version"),
    [
        pytest.param({"0.9.0": asks("2.9.0"), "0.10.0": asks("2.10.0"), "0.11.0": asks("2.11.0")}, "0.10.0", id="own"),
        pytest.param({"0.9.0": asks("2.9.0"), "0.11.0": asks("2.11.0")}, "0.9.0", id="unchanged-since-the-last"),
        pytest.param(
            {"0.1.0": asks("2.10.0"), "0.1.1": asks("2.10.0"), "0.1.2": asks("2.10.0")}, "0.1.0", id="patches"
        ),
        pytest.param(
            {"0.1.0": asks("2.10.0"), "0.2.0": asks("2.9.0"), "0.2.1": asks("2.10.0")}, "0.2.1", id="in-a-row"
        ),
        pytest.param({"0.1.0": asks("2.10.0"), "0.2.0-next.1": asks("2.10.0")}, "0.1.0", id="no-preview"),
        pytest.param({"0.1.0": asks("2.11.0")}, None, id="younger-than-the-release"),
        pytest.param({"0.1.0": {"react": "^18.0.0"}}, None, id="asks-for-nothing"),
        pytest.param({}, None, id="not-there"),
    ],
)
def test_a_package_that_nobody_asks_for_is_from_the_release_it_asks_for(
    published: Mapping[str, Asks], version: str | None
) -> None:
    assert version_in_release(published, RELEASE) == version
    assert version_in_release(dict(reversed(list(published.items()))), RELEASE) == version


def test_what_looks_like_another_release_is_told() -> None:
    assert older_than_release(asks("2.10.0"), RELEASE) == []
    assert older_than_release(asks("2.9.0"), RELEASE) == ["@backstage/core"]


def test_ranges_without_a_lower_bound_are_left_out() -> None:
    texts = {"a": "^1.2.3", "b": "~1.2.3", "c": ">=1.2.3", "d": "1.2.3", "e": "*", "f": "^1 || ^2", "g": "workspace:^"}
    assert lower_bounds({f"@backstage/{name}": text for name, text in texts.items()}) == {
        f"@backstage/{name}": "1.2.3" for name in "abcd"
    }
    assert lower_bounds({"react": "^18.0.0"}) == {}


@pytest.mark.parametrize(
    ("available", "taken"),
    [
        (["0.21.11", "0.21.9", "0.21.10"], "0.21.9"),
        (["0.21.6", "0.21.8-next.0", "0.22.0", "1.0.0"], None),
        (["0.22.0", "0.21.15"], "0.21.15"),
        ([], None),
    ],
)
def test_in_place_of_a_version_stands_its_nearest_later_patch(available: list[str], taken: str | None) -> None:
    assert later_patch("0.21.7", available) == taken


def test_a_stable_release_is_three_numbers() -> None:
    others = ("1.55", "1.55.0-next.1", "v1.55.0", "1.55.0\n", "")
    assert [one for one in ("1.55.0", *others) if is_release(one)] == ["1.55.0"]
