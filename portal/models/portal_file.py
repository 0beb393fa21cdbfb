"""``portal.yaml``: what the portal is, for every environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, model_serializer

from portal.base.json_types import is_mapping
from portal.models.base import Model, refusal
from portal.models.scalars import APP_CONFIG, AppConfigPart, Line, ProviderName, WebAddress


class Choice(Model):
    """One entry of the plugin library, with its options.

    In the file: ``- sentry`` or ``- sentry: {organization: acme}``.
    """

    id: str
    options: dict[str, Any] = {}

    @model_serializer
    def _as_written(self) -> str | dict[str, Any]:
        return {self.id: self.options} if self.options else self.id


def _choice(example: str) -> Callable[[object], object]:
    def read(item: object) -> object:
        if isinstance(item, Choice):
            return item
        if isinstance(item, str):
            return {"id": item}
        if is_mapping(item) and len(item) == 1:
            ((name, options),) = item.items()
            if options is None or is_mapping(options):
                return {"id": name, "options": options or {}}
        raise refusal("a name, or a name with its options", f"write `- {example}`")

    return read


class CatalogLocation(Model):
    """Where the catalog reads entities from: either a file or a URL."""

    file: Line | None = None
    """A file below `content/`, which is part of the image."""

    url: WebAddress | None = None
    """The URL of a file in a repository. The portal keeps reading it."""


def _one_source(location: CatalogLocation) -> CatalogLocation:
    if (location.file is None) == (location.url is None):
        raise refusal("either file or url", "write one of the two")
    return location


class CatalogChoices(Model):
    """What the catalog contains from the start."""

    elsewhere: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("rules", "providers", "processors", "import", "processingInterval", "orphanStrategy", "readonly"),
        "write it below appConfig.catalog, as it is app-config",
    )

    locations: tuple[Annotated[CatalogLocation, AfterValidator(_one_source)], ...] = ()
    """Files and URLs with entities. They may list further locations."""


class PortalFile(Model):
    """What a portal is, the same in every environment. A stack's file says where it runs."""

    elsewhere: ClassVar[Mapping[str, str]] = dict.fromkeys(APP_CONFIG, "write it below appConfig, as it is app-config")

    backstage: str
    """The exact Backstage release. `app/manifests/` has a file for each one you can choose."""

    organization: Line
    """Your organization's name, shown in the catalog's heading and in the title."""

    title: Line | None = None
    """The portal's name in the browser tab and above the menu. Default: the organization's name and "Portal"."""

    plugins: tuple[Annotated[Choice, BeforeValidator(_choice("sentry: {organization: acme}"))], ...] = ()
    """Plugins of the library besides the core ones, each by name, or by name with options."""

    sources: tuple[Annotated[Choice, BeforeValidator(_choice("github: {organization: acme}"))], ...] = ()
    """Hosts that the portal reads repositories from, each by name, or by name with options."""

    sign_in: tuple[ProviderName, ...] = ()
    """Sign-in providers in the image, besides `guest` and those that sources and plugins need. Each stack chooses one
    with `portal:signIn`."""

    catalog: CatalogChoices = CatalogChoices()
    """What the catalog contains from the start."""

    app_config: AppConfigPart = {}
    """Backstage configuration for anything that has no key here. Merged after everything else, and checked like it."""
