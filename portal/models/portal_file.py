"""``portal.yaml``: what the portal is, for every environment."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_serializer

from portal.base.json_types import is_mapping
from portal.models.base import Model, refusal
from portal.models.sources import Source


class PluginChoice(Model):
    """One plugin that the portal has, with its options.

    In the file: ``- sentry`` or ``- sentry: {organization: acme}``.
    """

    id: str
    options: dict[str, Any] = {}

    @model_serializer
    def _as_written(self) -> str | dict[str, Any]:
        return {self.id: self.options} if self.options else self.id


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
    """Where entities are read from: either a file or an address."""

    file: str | None = None
    """A file below `content/`, which the image carries."""

    url: str | None = None
    """A file in a repository that the portal reads, again and again."""


def _one_source(location: CatalogLocation) -> CatalogLocation:
    if (location.file is None) == (location.url is None):
        raise refusal("either file or url", "keep one of them")
    return location


class CatalogChoices(Model):
    """What the catalog reads from the start."""

    locations: tuple[Annotated[CatalogLocation, AfterValidator(_one_source)], ...] = ()
    """Files and addresses of entities; each may name more."""


def _one_github(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    if len(sources) > 1:
        raise refusal("one GitHub, as its accounts are those that people link", "write the others under appConfig")
    return sources


class PortalFile(Model):
    """What a portal is. Says nothing of where it runs: that is a stack's."""

    backstage: str
    """The Backstage release, exactly: one of `app/manifests/`."""

    organization: Annotated[str, Field(min_length=1)]
    """Whose portal it is: shown in the catalog's heading and in the title."""

    title: str | None = None
    """The portal's name, in the browser's tab and above the menu. Absent: the organization's name and "Portal"."""

    plugins: tuple[Annotated[PluginChoice, BeforeValidator(_choice)], ...] = ()
    """Plugins of the catalogue besides the core, each by name or by name with options."""

    sources: Annotated[tuple[Source, ...], AfterValidator(_one_github)] = ()
    """Where the portal reads repositories, and whose accounts people have. Absent: accounts at github.com only."""

    catalog: CatalogChoices = CatalogChoices()
    """What the catalog reads from the start."""

    app_config: dict[str, Any] = {}
    """Backstage's own configuration, for what has no key here: merged last, and checked like the rest."""
