"""The locations that the catalog starts with can be read."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, did_you_mean, quoted
from portal.checks.catalog_config import CatalogLocation, catalog_locations
from portal.checks.catalog_urls import address_problem
from portal.plan import Plan
from portal.release.content import content_name, in_content

# The types that a processor of the image reads: plugin-catalog-backend 4.0.0, processors/.
TYPES = ("file", "url")


def check_catalog_locations(plan: Plan) -> Iterator[InputError]:
    """Find locations that the catalog cannot read. Backstage starts, logs a warning, and shows an empty catalog."""
    for location in catalog_locations(plan):
        if location.type not in TYPES:
            yield InputError(
                where=location.where,
                key=location.key.removesuffix("target") + "type",
                got=quoted(location.type),
                allowed="file or url",
                fix=did_you_mean(location.type, TYPES),
            )
        elif location.type == "url":
            yield from _address(plan, location)
        elif not _in_image(plan, location):
            yield InputError(
                where=location.where,
                key=location.key,
                got=quoted(location.target),
                allowed="a file that is in the image: one below content/, by its path in this checkout",
                fix="create it there, or correct the path (./content/catalog/all.yaml)",
            )


def _address(plan: Plan, location: CatalogLocation) -> Iterator[InputError]:
    problem = address_problem(plan, location.target)
    if problem is not None:
        allowed, fix = problem
        yield InputError(where=location.where, key=location.key, got=quoted(location.target), allowed=allowed, fix=fix)


def _in_image(plan: Plan, location: CatalogLocation) -> bool:
    """Whether there is such a file. Of a pinned release only the folder is known."""
    if "${" in location.target:
        return True
    name = content_name(location.target)
    content = plan.loaded.content
    return in_content(name) and (content is None or bool(content.files(name)))
