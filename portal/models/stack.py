"""The settings of a stack: where a portal runs, and what differs there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from portal.base.json_types import is_mapping
from portal.models.base import Model, refusal
from portal.models.cluster import (
    Autoscaling,
    Cluster,
    ImageSource,
    Namespace,
    Resources,
    Scheduling,
    namespace_by_name,
)
from portal.models.database import Database, default_database
from portal.models.hooks import Hooks
from portal.models.network import EgressRule, Gateway, Ingress, Service, one_destination
from portal.models.scalars import LabelKey, LabelValue, Name, Origin

_RELEASE = re.compile(r"workspace|r-[0-9a-f]{12}")
_BY_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")


def _release(text: str) -> str:
    if not _RELEASE.fullmatch(text):
        raise refusal("workspace, or the id of a release (r- and 12 hex digits)", "look for its id in releases/")
    return text


def _by_digest(text: str) -> str:
    if not _BY_DIGEST.fullmatch(text):
        raise refusal("an image by digest (name@sha256:...)", "append the digest that the registry shows for its tag")
    return text


def _beside(own: Collection[str]) -> Callable[[object], object]:
    """Gather into ``options`` what stands beside a model's own keys: which there are, a record says."""

    def gather(given: object) -> object:
        if not is_mapping(given):
            return given
        kept = {key: value for key, value in given.items() if key in own}
        return {**kept, "options": {key: value for key, value in given.items() if key not in own}}

    return gather


class SignInSettings(Model):
    """Who may enter. The provider's own settings stand beside these keys."""

    provider: str
    """The sign-in provider: one of the plugin library that is in the image."""

    options: dict[str, Any] = {}


class PluginSettings(Model):
    """What differs for one plugin in this stack. Options stand beside these keys and go over those of `portal.yaml`."""

    enabled: bool = True
    """`false` excludes the plugin at run time; its packages stay in the image."""

    connected: bool = True
    """`false` leaves the plugin in and switches off the parts that need its service. Only a loopback stack may."""

    options: dict[str, Any] = {}


class SourceSettings(Model):
    """What differs for one source in this stack. Options stand beside this key and go over those of `portal.yaml`."""

    credential: str | None = None
    """As whom the portal reads there; `none` is anonymous. Absent in a loopback stack: `none`."""

    options: dict[str, Any] = {}


class StackSettings(Model):
    """Everything under `portal:` in `stacks/Pulumi.<stack>.yaml`."""

    target: str
    """Where the portal runs."""

    url: Origin
    """The one address of the portal; base URLs, CORS and CSP follow from it."""

    sign_in: Annotated[SignInSettings, BeforeValidator(_beside({"provider"}))]
    """Who may enter."""

    release: Annotated[str, AfterValidator(_release)] = "workspace"
    """What is deployed: `workspace` is this checkout, `r-...` a committed release."""

    namespace: Annotated[Namespace, BeforeValidator(namespace_by_name)] = Namespace()
    """The portal's namespace: a name, or a name with `create: false` for one that is there."""

    cluster: Cluster | None = None
    """The cluster, for the target `kubernetes`; for `local` instead of one of our own."""

    service: Service = Service()
    """How the portal's Service is reached."""

    ingress: Ingress | None = None
    """An Ingress in front of it."""

    gateway: Gateway | None = None
    """A route of the Gateway API in front of it, instead of an Ingress."""

    egress: tuple[Annotated[EgressRule, AfterValidator(one_destination)], ...] = ()
    """What network policies let the portal reach besides its database, DNS and the services of its plugins."""

    replicas: Annotated[int, Field(ge=1, le=20)] = 1
    """Pods of the portal. The database's connections are counted for all of them."""

    autoscaling: Autoscaling | None = None
    """As many pods as they need, instead of `replicas`."""

    resources: Resources = Resources()
    """What the portal's container asks for, and may use at most."""

    scheduling: Scheduling = Scheduling()
    """Which nodes the pods run on."""

    images: ImageSource = ImageSource()
    """Where the cluster's nodes get images from."""

    labels: dict[LabelKey, LabelValue] = {}
    """Labels on every object and every pod."""

    annotations: dict[LabelKey, str] = {}
    """Annotations on every object and every pod."""

    database: Database = default_database()
    """The portal's database."""

    plugins: dict[str, Annotated[PluginSettings, BeforeValidator(_beside({"enabled", "connected"}))]] = {}
    """What differs for a plugin here, by its name."""

    connect: tuple[Name, ...] = ()
    """Whose accounts people can link after signing in. GitHub Actions needs `github`."""

    sources: dict[str, Annotated[SourceSettings, BeforeValidator(_beside({"credential"}))]] = {}
    """What differs for a source of `portal.yaml` here, by its name, and how the portal reads there."""

    title: str | None = None
    """The portal's name in this stack. Absent: the one of `portal.yaml`."""

    image: Annotated[str, AfterValidator(_by_digest)] | None = None
    """The image of a `workspace` release that was built elsewhere, by digest."""

    app_config: dict[str, Any] = {}
    """Backstage's own configuration for this stack: merged over everything else, and checked like the rest."""

    secrets: dict[str, SecretStr] = {}
    """Secrets by name, each encrypted: `portal secrets init` and `portal secrets set` write them."""

    hooks: Hooks = Hooks()
    """Your own commands at named places of `portal up` and `portal down`."""

    @field_validator("gateway")
    @classmethod
    def _one_way_in(cls, gateway: Gateway | None, others: ValidationInfo) -> Gateway | None:
        if gateway is not None and others.data.get("ingress") is not None:
            raise refusal("either ingress or gateway", "remove one of the two")
        return gateway

    @property
    def most_replicas(self) -> int:
        """How many pods there may be at once, a rollout's extra one not counted."""
        return self.autoscaling.max if self.autoscaling is not None else self.replicas

    @property
    def accounts(self) -> tuple[str, ...]:
        """Whose accounts a signed-in person has at the portal: linked, or signed in with."""
        return tuple(dict.fromkeys((*self.connect, self.sign_in.provider)))
