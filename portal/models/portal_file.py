"""``portal.yaml``: what the portal is, for every environment."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from portal.json_types import is_mapping
from portal.models.base import Model, refusal


class PluginChoice(Model):
    """One plugin that the portal has, with its options.

    In the file: ``- sentry`` or ``- sentry: {organization: acme}``.
    """

    id: str
    options: dict[str, Any] = {}


def _choice(item: object) -> object:
    if isinstance(item, PluginChoice):
        return item
    if isinstance(item, str):
        return {"id": item}
    if is_mapping(item) and len(item) == 1:
        ((plugin, options),) = item.items()
        if options is None or is_mapping(options):
            return {"id": plugin, "options": options or {}}
    raise refusal("a plugin's name, or its name with its options", "write `- sentry: {organization: acme}`")


class CatalogLocation(Model):
    """Where entities are read from: a ``file`` of this repository's ``content/``, which the image carries.

    Or a ``url``.
    """

    file: str | None = None
    url: str | None = None


def _one_source(location: CatalogLocation) -> CatalogLocation:
    if (location.file is None) == (location.url is None):
        raise refusal("either file or url", "keep one of them")
    return location


class CatalogChoices(Model):
    """What the catalog reads from the start."""

    locations: tuple[Annotated[CatalogLocation, AfterValidator(_one_source)], ...] = ()


class PortalFile(Model):
    """What a portal is. Says nothing of where it runs: that is a stack's.

    ``title`` absent: the organization's name and "Portal". ``app_config`` is merged last and checked like the rest.
    """

    backstage: str
    organization: Annotated[str, Field(min_length=1)]
    title: str | None = None
    plugins: tuple[Annotated[PluginChoice, BeforeValidator(_choice)], ...] = ()
    catalog: CatalogChoices = CatalogChoices()
    app_config: dict[str, Any] = {}
