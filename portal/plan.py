"""What a stack will be, before anything is applied: its release, settings, app-config and secrets, derived."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from portal.appconfig.derive import AppConfig, derive_app_config
from portal.base.checkout import Checkout
from portal.base.yaml_document import KeyPath
from portal.models.stack import StackSettings
from portal.release.images import mirrored
from portal.release.release import LoadedRelease, Release, load_release
from portal.stack.plugins import Locations
from portal.stack.secrets import SecretNeed, secret_needs
from portal.stack.settings import parse_settings


@dataclass(frozen=True)
class Plan:
    """One stack, derived. Nothing here is applied; :func:`portal.checks.check_plan` says whether it may be.

    ``where`` gives the place of a key below ``portal:`` in the stack's file.
    """

    stack: str
    settings: StackSettings
    loaded: LoadedRelease
    app_config: AppConfig
    needs: Mapping[str, SecretNeed]
    where: Callable[[KeyPath], str]

    @property
    def release(self) -> Release:
        """The release that the stack points to."""
        return self.loaded.release

    @property
    def image(self) -> str:
        """The portal's image by digest, as its pods are told it: from the stack's mirror where it has one."""
        return mirrored(self.settings.image or self.release.images.portal.reference, self.settings.images.registry)

    @property
    def database_image(self) -> str:
        """The in-cluster database's, likewise."""
        return mirrored(self.release.images.database.reference, self.settings.images.registry)


def make_plan(
    checkout: Checkout,
    stack: str,
    config: Mapping[str, str],
    secret_keys: Collection[str],
    where: Callable[[KeyPath], str],
) -> Plan:
    """Derive a plan from a stack's configuration as the Pulumi CLI hands it over. InputError for what is unreadable."""
    settings = parse_settings(config, secret_keys, where)
    loaded = load_release(checkout, settings.release, where(("release",)))
    app_config = derive_app_config(loaded.release, settings, stack, _locations(loaded, where))
    needs = secret_needs(app_config.plugins, app_config.github, settings)
    return Plan(stack, settings, loaded, app_config, needs, where)


def _locations(loaded: LoadedRelease, where: Callable[[KeyPath], str]) -> Locations:
    plugins = [choice.id for choice in loaded.release.portal.plugins]

    def in_portal(plugin: str, option: str) -> str:
        index = plugins.index(plugin) if plugin in plugins else 0
        return loaded.document.where(("plugins", index, plugin, option))

    return Locations(in_portal, where)
