"""What a stack will be, before anything is applied. A command makes the plan once, and everything else reads it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from pydantic import SecretStr

from portal.appconfig.derive import AppConfig, derive_app_config
from portal.appconfig.outbound import called_addresses, ports_called
from portal.appconfig.schema import merged_schema
from portal.appconfig.undeclared import with_undeclared
from portal.base.checkout import Checkout
from portal.base.hosts import FoundAddress
from portal.base.names import require_stack_name
from portal.base.yaml_document import KeyPath
from portal.foundation import FoundationPlan
from portal.models.cluster import Cluster
from portal.models.stack import StackSettings
from portal.release.bundle import Release
from portal.release.config_schemas import ConfigSchemas
from portal.release.images import Images, mirrored
from portal.release.release import WORKSPACE, LoadedRelease, load_release
from portal.stack.outbound import service_namespace
from portal.stack.plugins import StackPlugin
from portal.stack.resolve import ResolvedStack, resolve_stack
from portal.stack.secrets import SecretNeed
from portal.stack.settings import parse_settings
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import placeholder, read_stack_file
from portal.targets import Target


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that is derived for one stack. It applies nothing.

    :func:`portal.checks.check_plan` decides whether it may be applied. ``where`` gives the file and line of a key below
    ``portal:`` in the stack's file. ``checked``: every check has accepted it. ``stand_ins`` are missing secrets that
    have a placeholder instead of a value.
    """

    resolved: ResolvedStack
    loaded: LoadedRelease
    app_config: AppConfig
    where: Callable[[KeyPath], str]
    checked: bool = False
    stand_ins: tuple[SecretNeed, ...] = ()

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.resolved.name

    @property
    def target(self) -> Target:
        """Where the stack runs, and what that implies."""
        return self.resolved.target

    @property
    def settings(self) -> StackSettings:
        """The stack's settings."""
        return self.resolved.settings

    @property
    def plugins(self) -> Mapping[str, StackPlugin]:
        """The stack's plugins, by id."""
        return self.resolved.plugins

    @property
    def needs(self) -> Mapping[str, SecretNeed]:
        """The secrets that the stack needs, by name."""
        return self.resolved.needs

    @property
    def release(self) -> Release:
        """The release that the stack points to."""
        return self.loaded.release

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The schema that the complete app-config has to match."""
        return _merged(self.loaded.schemas)

    @property
    def image(self) -> str:
        """The portal's image by digest, as pods pull it: from the stack's mirror if it has one."""
        return mirrored(self.settings.image or self.release.images.portal.reference, self.settings.images.registry)

    @property
    def database_image(self) -> str:
        """The database's image by digest, as pods pull it."""
        return mirrored(self.release.images.database.reference, self.settings.images.registry)

    @cached_property
    def called(self) -> tuple[FoundAddress, ...]:
        """The addresses in the final app-config that the backend calls, whoever wrote them."""
        return called_addresses(self.app_config.data, self.settings.url)

    @property
    def outbound_ports(self) -> tuple[int, ...]:
        """The TCP ports that network policies let out: of what records name, and of the final app-config."""
        outside = (one for one in self.called if service_namespace(one.host) is None)
        return tuple(sorted({*self.resolved.outbound_ports, *ports_called(outside)}))

    @property
    def outbound_services(self) -> Mapping[str, tuple[int, ...]]:
        """The TCP ports of the cluster's services that network policies let out, by the services' namespace."""
        named = {name: set(ports) for name, ports in self.resolved.outbound_services.items()}
        for one in self.called:
            namespace = service_namespace(one.host)
            if namespace is not None and one.port is not None:
                named.setdefault(namespace, set()).add(one.port)
        return {name: tuple(sorted(named[name])) for name in sorted(named)}

    @property
    def missing_secrets(self) -> tuple[SecretNeed, ...]:
        """The secrets that the stack needs, and that it neither has nor names in Secrets Manager."""
        given = self.settings.secrets
        named = self.settings.secrets_manager
        return tuple(need for name, need in self.needs.items() if not given.get(name) and name not in named)

    def with_stand_ins(self) -> Plan:
        """The same plan with a placeholder for every missing secret, to draw what would be deployed."""
        missing = self.missing_secrets
        return replace(self.with_secrets({need.name: placeholder("") for need in missing}), stand_ins=missing)

    def with_secrets(self, values: Mapping[str, str]) -> Plan:
        """The same plan with values of secrets, besides those that it has."""
        secrets = {**self.settings.secrets, **{name: SecretStr(value) for name, value in values.items()}}
        settings = self.settings.model_copy(update={"secrets": secrets})
        return replace(self, resolved=replace(self.resolved, settings=settings))

    def in_cluster(self, cluster: Cluster) -> Plan:
        """The same plan in the cluster that the command line or an earlier ``up`` names. It is not checked yet.

        What follows from whose cluster it is may differ.
        """
        if cluster == self.settings.cluster:
            return self
        settings = self.settings.model_copy(update={"cluster": cluster})
        return make_plan_of(self.loaded, self.stack, settings, self.where)

    def deployed_with(self, config: Mapping[str, str], secret_keys: Collection[str], images: Images) -> Plan:
        """The same plan with what ``portal up`` found and made: values of secrets, the cluster, and images.

        ``config`` is from the file that ``portal up`` wrote. If anything else in it differs, this returns a new plan
        that is not checked.
        """
        settings = parse_settings(config, secret_keys, self.where)
        loaded = self.loaded
        if loaded.release.id == WORKSPACE:
            loaded = replace(loaded, release=loaded.release.model_copy(update={"images": images}))
        found = {"cluster", "service", "secrets"}
        another_owner = self.target.owns_cluster(settings) != self.target.owns_cluster(self.settings)
        if another_owner or settings.model_dump(exclude=found) != self.settings.model_dump(exclude=found):
            return make_plan_of(loaded, self.stack, settings, self.where)
        resolved = replace(self.resolved, settings=settings, release=loaded.release)
        return replace(self, resolved=resolved, loaded=loaded)


@lru_cache(maxsize=4)
def _merged(schemas: ConfigSchemas) -> Mapping[str, Any]:
    """Once for all stacks of a release."""
    return merged_schema(with_undeclared(schemas.packages))


def load_plan(checkout: Checkout, stack: str, *, complete: bool = True) -> Plan:
    """The plan of a stack in this checkout, not yet checked, with a placeholder for every secret.

    Without ``complete``, it is for looking only, and never to be deployed: it may have no lock, and damaged secrets.
    """
    file = read_stack_file(checkout, stack)
    config, secret_keys = checked_configuration(checkout, file, complete=complete)
    return make_plan(checkout, stack, config, secret_keys, file.where, complete=complete)


def make_plan(
    checkout: Checkout,
    stack: str,
    config: Mapping[str, str],
    secret_keys: Collection[str],
    where: Callable[[KeyPath], str],
    *,
    complete: bool = True,
) -> Plan:
    """A plan from a stack's configuration, as the Pulumi CLI passes it on. InputError if it is invalid."""
    require_stack_name(stack, f"stacks/Pulumi.{stack}.yaml")
    settings = parse_settings(config, secret_keys, where)
    loaded = load_release(checkout, settings.release, where(("release",)), complete=complete)
    return make_plan_of(loaded, stack, settings, where)


def make_plan_of(loaded: LoadedRelease, stack: str, settings: StackSettings, where: Callable[[KeyPath], str]) -> Plan:
    """A plan from a release and settings that were already read."""
    resolved = resolve_stack(stack, settings, loaded, where)
    return Plan(resolved, loaded, derive_app_config(resolved), where)


_HANDED: ContextVar[Plan | FoundationPlan | None] = ContextVar("plan", default=None)


@contextmanager
def handed_to_the_program(plan: Plan | FoundationPlan) -> Generator[None]:
    """A context in which the Pulumi program uses ``plan`` and reads no files, as a command has read them already."""
    token = _HANDED.set(plan)
    try:
        yield
    finally:
        _HANDED.reset(token)


def handed_plan() -> Plan | FoundationPlan | None:
    """The plan that a command passed to the program; None under Pulumi's engine, which passes a configuration."""
    return _HANDED.get()
