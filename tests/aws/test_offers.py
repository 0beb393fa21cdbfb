"""What RDS does not offer is said before AWS says it; what is newer than our lists is left to AWS."""

from __future__ import annotations

import pytest

from portal.aws.offers import (
    closest_class,
    closest_region,
    closest_version,
    is_class_offered,
    is_version_offered,
    offered_classes,
    regions,
    versions,
)
from portal.aws.sizes import SIZES


@pytest.mark.parametrize(
    ("version", "offered"),
    [
        *[("18", True), ("18.4", True), ("16", True), ("14.18", True)],
        # It was withdrawn, or there never was one.
        *[("18.5", False), ("17.1", False), ("9.6", False), ("12", False), ("18.0", False), ("18.4.1", False)],
        *[("latest", False), ("", False), ("-18", False), ("18.", False)],
        # Newer than the list.
        *[("18.99", None), ("19", None), ("19.1", None)],
    ],
)
def test_a_version_is_offered_or_not_or_newer_than_we_know(version: str, offered: bool | None) -> None:
    assert is_version_offered(version) is offered


def test_versions_are_in_order() -> None:
    """Those of a text are not: 16.10 would be before 16.9."""
    numbers = [tuple(int(part) for part in one.split(".")) for one in versions()]
    assert numbers == sorted(numbers)
    assert all(is_version_offered(one) for one in versions())


@pytest.mark.parametrize(("version", "meant"), [("17.1", "17.11"), ("12.3", "18.6"), ("eighteen", "18.6")])
def test_the_version_to_write_is_the_newest_of_the_same_major(version: str, meant: str) -> None:
    assert closest_version(version) == meant
    assert is_version_offered(meant)


@pytest.mark.parametrize(
    ("region", "instance_class", "offered"),
    [
        *[("eu-central-1", "db.m7g.large", True), ("ca-west-1", "db.m8g.large", True)],
        *[("ca-west-1", "db.m7g.large", False), ("eu-central-1", "db.m7g.tiny", False), ("eu-central-1", "m7g", False)],
        *[("mars-north-1", "db.m7g.large", None), ("eu-central-1", "db.m11g.large", None)],
    ],
)
def test_a_class_is_offered_or_not_or_not_known(region: str, instance_class: str, offered: bool | None) -> None:
    assert is_class_offered(region, instance_class) is offered


@pytest.mark.parametrize("region", regions())
def test_a_region_offers_what_it_lists_and_each_size(region: str) -> None:
    assert all(is_class_offered(region, one) for one in offered_classes(region))
    for size in SIZES.values():
        assert is_class_offered(region, size.instance_class(region)), size.name


def test_the_class_to_write_is_offered_and_of_the_same_size() -> None:
    assert closest_class("ca-west-1", "db.m7g.large") == "db.m8g.large"
    assert closest_class("ca-west-1", "db.t4g.medium") == "db.t3.medium"
    assert closest_class("mars-north-1", "db.m7g.large") is None


def test_a_misspelled_region_is_recognized() -> None:
    assert closest_region("eu-centrl-1") == "eu-central-1"
    assert closest_region("Frankfurt") is None
