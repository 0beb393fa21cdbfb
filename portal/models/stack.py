"""The settings of a stack: where a portal runs, and what differs there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from portal.base.address import is_ip_address, read_address
from portal.base.json_types import is_mapping
from portal.base.names import is_commit_id
from portal.contract import (
    BALANCED_DRAIN_SECONDS,
    DRAIN_SECONDS,
)
from portal.models.aws.alarms import Alarms
from portal.models.aws.docs import Docs
from portal.models.aws.load_balancer import LoadBalancer, LoadBalancerSignIn, with_certificate
from portal.models.aws.named_secret import SecretByName
from portal.models.aws.place import Aws
from portal.models.backup import Backup
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
from portal.models.promotion import Hotfix, Promotion, RolledBack
from portal.models.scalars import (
    APP_CONFIG,
    AnnotationKey,
    AppConfigPart,
    EndTime,
    LabelKey,
    LabelValue,
    Line,
    Name,
    Origin,
    SecretName,
    Ttl,
)
from portal.models.signing import PublicKey

_RELEASE = re.compile(r"workspace|r-[0-9a-f]{12}")
_BY_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")


def _release(text: str) -> str:
    if not _RELEASE.fullmatch(text):
        raise refusal("workspace, or the id of a release (r- and 12 hex digits)", "look for its id in releases/")
    return text


def _pinned(text: str) -> str:
    if text == "workspace":
        raise refusal("the id of a release (r- and 12 hex digits)", "look for its id in releases/")
    return _release(text)


def _commit(text: str) -> str:
    if not is_commit_id(text):
        raise refusal("a whole commit id (40 hex digits)", "write what `git rev-parse HEAD` prints there")
    return text


def _by_digest(text: str) -> str:
    if not _BY_DIGEST.fullmatch(text):
        raise refusal("an image by digest (name@sha256:...)", "append the digest that the registry shows for its tag")
    return text


def _beside(own: Collection[str]) -> Callable[[object], object]:
    """Collect all keys but the model's own into ``options``. A record says which options there are."""

    def gather(given: object) -> object:
        if not is_mapping(given):
            return given
        kept = {key: value for key, value in given.items() if key in own}
        return {**kept, "options": {key: value for key, value in given.items() if key not in own}}

    return gather


class SignInSettings(Model):
    """How people sign in. The provider's options stand beside these keys."""

    provider: str
    """The sign-in provider. It has to be in the image."""

    options: dict[str, Any] = {}


class PluginSettings(Model):
    """What differs for a plugin in this stack. Its options stand beside these keys and override `portal.yaml`."""

    enabled: bool = True
    """`false` excludes the plugin at run time; its packages stay in the image."""

    connected: bool = True
    """`false` runs the plugin without its service and hides the parts that need it. Only if no other machine can reach
    the portal."""

    options: dict[str, Any] = {}


class SourceSettings(Model):
    """What differs for a source in this stack. Its options stand beside this key and override `portal.yaml`."""

    credential: str | None = None
    """The credential that the portal reads with; `none` is anonymous. Default: `none` if only this machine can
    reach the portal."""

    options: dict[str, Any] = {}


class StackSettings(Model):
    """Everything under `portal:` in `stacks/Pulumi.<stack>.yaml`."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(APP_CONFIG, "write it below portal:appConfig, as it is app-config"),
        "catalog": "write it in portal.yaml, or below portal:appConfig for this stack alone",
        "organization": "write it in portal.yaml",
        "environment": "remove it: pods have no variables of your own; appConfig has values, and {$secret: NAME} for"
        " secrets",
        "volumes": "remove it: pods have no volumes of your own; documents come from a bucket"
        " (docs/how-to/publish-techdocs.md)",
        "serviceAccount": "write its annotations under portal:annotations, which every object has",
    }

    target: str
    """Where the portal runs."""

    url: Origin
    """The portal's only address. Base URLs, CORS and CSP follow from it."""

    sign_in: Annotated[SignInSettings, BeforeValidator(_beside({"provider"}))]
    """How people sign in."""

    release: Annotated[str, AfterValidator(_release)] = "workspace"
    """What is deployed: `workspace` is this checkout, `r-...` a committed release."""

    program: Annotated[str, AfterValidator(_commit)] | None = None
    """The commit of this repository whose code deploys the stack. Default: the code of the checkout. It requires a
    committed release."""

    signed_by: Annotated[tuple[PublicKey, ...], Field(min_length=1)] = ()
    """Public Ed25519 keys, each as the line of base64 in its PEM file. One of them has to have signed the release. It
    requires a committed release."""

    promotion: Promotion | None = None
    """Where this stack's releases come from. `portal promote` keeps to it."""

    rolled_back: dict[Annotated[str, AfterValidator(_pinned)], RolledBack] = {}
    """Releases that this stack refuses, by id. `portal rollback` writes them."""

    hotfix: Hotfix | None = None
    """A release that did not wait. `portal promote --hotfix` writes it, and the next promotion removes it."""

    like: Name | None = None
    """The stack that this one was made like. `portal up --like` writes it. Such a stack keeps no data, and `portal
    expire` removes it with its file."""

    ttl: Ttl | None = None
    """How long the stack lives after each `portal up`, in whole hours or days (`12h`, `3d`). Only with `like`."""

    expires: EndTime | None = None
    """When the stack ends, in UTC. `portal up` moves it by `ttl`. Only with `like`."""

    namespace: Annotated[Namespace, BeforeValidator(namespace_by_name)] = Namespace()
    """The portal's namespace: a name, or a name with `create: false` for a namespace that already exists."""

    cluster: Cluster | None = None
    """The cluster. The target `kubernetes` requires it; with `local` it replaces the cluster that `portal up` makes."""

    aws: Aws | None = None
    """The account, the network and the cluster. The target `aws` requires it, and no other target takes it."""

    service: Service = Service()
    """How the portal's Service is reached."""

    ingress: Ingress | None = None
    """An Ingress in front of the Service."""

    gateway: Gateway | None = None
    """An HTTPRoute of the Gateway API in front of the Service, instead of an Ingress."""

    load_balancer: Annotated[LoadBalancer, AfterValidator(with_certificate)] | None = None
    """A load balancer of AWS in front of the Service. The target `aws` requires it, and no other target takes it."""

    alarms: Alarms | None = None
    """Alarms and a dashboard of AWS. Only the target `aws` takes it."""

    docs: Docs | None = None
    """Who publishes documentation to the stack's bucket. Only the target `aws` takes it."""

    egress: tuple[Annotated[EgressRule, AfterValidator(one_destination)], ...] = ()
    """Destinations that network policies allow, besides DNS, the database and the services of plugins."""

    plain_http: tuple[Origin, ...] = ()
    """Addresses that may be used without TLS (`http://build.acme.example:8080`). Anyone on the network path can read
    what is sent there, such as tokens. Addresses of this machine and of Services (`*.svc`) need no entry."""

    replicas: Annotated[int, Field(ge=1, le=20)] = 1
    """Number of portal pods. The database has to allow enough connections for all of them."""

    autoscaling: Autoscaling | None = None
    """Scale the number of pods with their CPU use, instead of `replicas`."""

    resources: Resources = Resources()
    """CPU and memory of the portal's container."""

    scheduling: Scheduling = Scheduling()
    """Which nodes the pods run on."""

    images: ImageSource = ImageSource()
    """Where the cluster's nodes pull images from."""

    labels: dict[LabelKey, LabelValue] = {}
    """Labels for every object and pod."""

    annotations: dict[AnnotationKey, str] = {}
    """Annotations for every object and pod."""

    database: Database = default_database()
    """The portal's database."""

    backup: Backup | None = None
    """Backups of the database. Without it, none are made."""

    plugins: dict[str, Annotated[PluginSettings, BeforeValidator(_beside({"enabled", "connected"}))]] = {}
    """What differs for plugins in this stack, by plugin name."""

    connect: tuple[Name, ...] = ()
    """Providers whose accounts people can link after they sign in. GitHub Actions needs `github`."""

    sources: dict[str, Annotated[SourceSettings, BeforeValidator(_beside({"credential"}))]] = {}
    """What differs for the sources of `portal.yaml` in this stack, by source name, and which credential reads each."""

    title: Line | None = None
    """The portal's name in this stack. Default: the name in `portal.yaml`."""

    image: Annotated[str, AfterValidator(_by_digest)] | None = None
    """The portal's image, by digest, for a `workspace` release that was built elsewhere."""

    app_config: AppConfigPart = {}
    """Backstage configuration for this stack. Merged last, over everything else, and checked like it."""

    secrets: dict[SecretName, SecretStr] = {}
    """Encrypted secrets, by name. `portal secrets init` and `portal secrets set` write them."""

    secrets_manager: dict[SecretName, SecretByName] = {}
    """Secrets that AWS Secrets Manager has, by the same names. Whoever deploys reads their values; no file has them.
    Only the target `aws` takes it."""

    hooks: Hooks = Hooks()
    """Your own commands, before and after steps of `portal up` and `portal down`."""

    @field_validator("ingress", "gateway")
    @classmethod
    def _for_the_name_of_a_host(cls, entry: Ingress | Gateway | None, others: ValidationInfo) -> object:
        url = others.data.get("url")
        if entry is not None and url is not None and is_ip_address(read_address(url).host):
            raise refusal("a url with the name of a host, as both route by it", "write a name in portal:url")
        return entry

    @field_validator("gateway")
    @classmethod
    def _ingress_or_gateway(cls, gateway: Gateway | None, others: ValidationInfo) -> Gateway | None:
        if gateway is not None and others.data.get("ingress") is not None:
            raise refusal("either ingress or gateway", "remove one of the two")
        return gateway

    @field_validator("load_balancer")
    @classmethod
    def _in_its_zone(cls, chosen: LoadBalancer | None, others: ValidationInfo) -> LoadBalancer | None:
        url = others.data.get("url")
        zone = chosen.zone if chosen is not None else None
        if zone is not None and url is not None and not zone.contains(read_address(url).host):
            raise refusal(
                f"a zone that the host of the portal's address is in, and {zone.name} is not one of {url}",
                "correct the zone, or portal:url",
            )
        return chosen

    @property
    def most_replicas(self) -> int:
        """The most pods there may be at once, not counting the extra one of a rollout."""
        return self.autoscaling.max if self.autoscaling is not None else self.replicas

    @property
    def drain_seconds(self) -> int:
        """How long a pod that ends still answers, in seconds."""
        return BALANCED_DRAIN_SECONDS if self.load_balancer is not None else DRAIN_SECONDS

    @property
    def signs_in_before(self) -> LoadBalancerSignIn | None:
        """How people are signed in before a request reaches the portal; None if the portal signs them in itself."""
        return self.load_balancer.sign_in if self.load_balancer is not None and self.aws is not None else None

    @property
    def runs_database_image(self) -> bool:
        """Whether pods run the release's database image: as the database, or as its client for backups."""
        return self.database.own_image or self.backup is not None

    @property
    def required_secrets(self) -> Mapping[str, tuple[str, str]]:
        """The secrets that a person has to provide for these settings: what each is, and where to get it."""
        parts = (self.database, self.backup, self.load_balancer)
        return {name: secret for part in parts if part is not None for name, secret in part.required_secrets.items()}

    @property
    def accounts(self) -> tuple[str, ...]:
        """The providers of the accounts that a signed-in person has here: linked, or signed in with."""
        return tuple(dict.fromkeys((*self.connect, self.sign_in.provider)))
