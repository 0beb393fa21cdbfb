"""A portal in a cluster: namespace, database, Backstage and entry. The same for every target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes

from components.backstage import (
    AccessRule,
    Autoscale,
    Backstage,
    BackstageArgs,
    DatabaseMigration,
    DatabaseMigrationArgs,
    Identity,
    Network,
    Resources,
    Start,
    Turnover,
    Verification,
    VerificationArgs,
)
from components.cluster.namespace import RestrictedNamespace, RestrictedNamespaceArgs
from components.database.connection import DatabaseConnection
from components.metadata import CommonMetadata
from components.network_rules import ANYWHERE, in_namespace, in_network
from portal.base.canonical import content_hash
from portal.base.quantity import quantity
from portal.contract import (
    BACKSTAGE_COMPONENT,
    COMPONENT_LABEL,
    EXPIRES_ANNOTATION,
    INSTANCE_LABEL,
    LIKE_LABEL,
    MANAGED_BY_LABEL,
    MIGRATION_COMPONENT,
    NAME_LABEL,
    OWN_POD_NETWORK,
    PORTAL,
    RECORD_CONFIGURATION,
    RECORD_IMAGE,
    RECORD_PROGRAM,
    RECORD_RELEASE,
    SERVICE,
    SERVICE_PORT,
    VERIFICATION_COMPONENT,
)
from portal.models.cluster import Autoscaling
from portal.models.network import Sender
from portal.plan import Plan
from portal.probe.questions import questions
from stacks.backup import backup_labels, build_backup
from stacks.load import Deployment
from stacks.network import egress
from stacks.parts import Parts, Rights
from stacks.place import InNamespace
from stacks.scheduling import scheduling

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyPeerArgsDict

# The share of the memory limit for Node's heap. The rest is for buffers, code and the frontend's files.
HEAP_SHARE = 0.75
# A load balancer of AWS has asked a new pod for its health twice by then, and no pod ends before it gets requests.
MIN_READY_SECONDS = 30


@dataclass(frozen=True)
class Portal:
    """What a target built, for the program to export. ``others`` are outputs that only some stacks have."""

    url: str
    namespace: pulumi.Output[str]
    service: pulumi.Output[str]
    release: str
    image: str
    others: Mapping[str, pulumi.Input[str]]

    @property
    def exports(self) -> Mapping[str, pulumi.Input[str]]:
        """The stack's outputs. Deliberately nothing secret."""
        return {
            "url": self.url,
            "namespace": self.namespace,
            "service": self.service,
            "release": self.release,
            "image": self.image,
            **self.others,
        }


def build_portal(deployment: Deployment, provider: kubernetes.Provider, parts: Parts) -> Portal:
    """Build a portal in a cluster: its namespace, the database, Backstage, and the entry.

    Targets pass in what differs between them: the provider, and the functions that build ``parts``.
    """
    plan = deployment.plan
    settings = plan.settings
    metadata = CommonMetadata(labels={**common_labels(plan), **settings.labels}, annotations=settings.annotations)
    opts = pulumi.ResourceOptions(provider=provider)
    namespace = _namespace(plan, metadata, opts)
    pod_labels = {
        INSTANCE_LABEL: plan.stack,
        COMPONENT_LABEL: BACKSTAGE_COMPONENT,
        "backstage.io/kubernetes-id": "portal",
    }
    migration_labels = {INSTANCE_LABEL: plan.stack, COMPONENT_LABEL: MIGRATION_COMPONENT}
    clients = [pod_labels, migration_labels, *([backup_labels(plan.stack)] if settings.backup is not None else [])]
    place = InNamespace(
        deployment, namespace, metadata, pod_labels, migration_labels, clients, opts, parts.dns, parts.aws
    )
    database = parts.database(place)
    rights = parts.rights(place, database)
    entry = parts.entry(place, database)
    backups = [*database.ready, *build_backup(place, database.connection)]
    migration = _migrate(place, database.connection, rights, backups)
    ready = [*([migration] if migration is not None else backups), *rights.before_start]
    known = {**rights.environment, **entry.environment}
    backstage = Backstage("backstage", _backstage(place, database.connection, rights, known, ready), opts)
    entry.lead_to(backstage.service)
    Verification("verification", _verification(place, backstage), opts)
    others = {**rights.exports, **entry.exports}
    return Portal(settings.url, namespace, backstage.service, plan.release.id, plan.image, others)


def common_labels(plan: Plan) -> dict[str, str]:
    """The labels of every object, which say what stack it belongs to.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels
    """
    return {NAME_LABEL: PORTAL, INSTANCE_LABEL: plan.stack, MANAGED_BY_LABEL: PORTAL}


def _namespace(plan: Plan, metadata: CommonMetadata, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The portal's own namespace, or the name of an existing one that stays as it is."""
    settings, chosen = plan.settings, plan.settings.namespace
    if not chosen.create:
        return pulumi.Output.from_input(chosen.name)
    args = RestrictedNamespaceArgs(
        name=chosen.name,
        metadata=metadata,
        keep=settings.database.rest_is_kept,
        # On the namespace alone: an end that moves replaces no pod.
        labels={LIKE_LABEL: settings.like} if settings.like is not None else {},
        annotations={EXPIRES_ANNOTATION: settings.expires} if settings.expires is not None else {},
    )
    return RestrictedNamespace("portal", args, opts).namespace


def _migrate(
    place: InNamespace, database: DatabaseConnection, rights: Rights, after: Sequence[pulumi.Resource]
) -> pulumi.Resource | None:
    """The Job that migrates the database; None if plugins do all of it when they start."""
    plan = place.deployment.plan
    migrations = plan.resolved.migrations
    if not migrations.before_start:
        return None
    args = DatabaseMigrationArgs(
        namespace=place.namespace,
        metadata=place.metadata,
        labels=place.migration_labels,
        image=plan.image,
        database=database,
        migrations=migrations.listed,
        after=[*after, *rights.before_migration],
        account=rights.migration_account,
        dns=place.dns,
        scheduling=scheduling(plan.settings),
    )
    return DatabaseMigration("migration", args, place.opts).job


def _verification(place: InNamespace, backstage: Backstage) -> VerificationArgs:
    deployment, plan = place.deployment, place.deployment.plan
    secrets = {name: deployment.secrets[name].fingerprint for name in sorted(plan.app_config.secrets)}
    return VerificationArgs(
        namespace=place.namespace,
        metadata=place.metadata,
        labels=_verification_labels(plan),
        portal_labels=place.pod_labels,
        image=plan.image,
        address=f"http://{SERVICE}:{SERVICE_PORT}",
        questions=questions(plan),
        facts={
            RECORD_RELEASE: plan.release.id,
            RECORD_PROGRAM: plan.settings.program or "",
            RECORD_IMAGE: plan.image,
            RECORD_CONFIGURATION: content_hash([plan.app_config.text, secrets, backstage.fingerprint]),
        },
        after=backstage.serving,
        dns=place.dns,
        scheduling=scheduling(plan.settings),
    )


def _verification_labels(plan: Plan) -> dict[str, str]:
    return {INSTANCE_LABEL: plan.stack, COMPONENT_LABEL: VERIFICATION_COMPONENT}


def _backstage(
    place: InNamespace,
    database: DatabaseConnection,
    rights: Rights,
    known: Mapping[str, pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
) -> BackstageArgs:
    deployment, plan = place.deployment, place.deployment.plan
    settings, chosen = plan.settings, plan.settings.resources
    enabled = [plugin for plugin in plan.plugins.values() if plugin.enabled]
    return BackstageArgs(
        namespace=place.namespace,
        metadata=place.metadata,
        pod_labels=place.pod_labels,
        image=plan.image,
        start=Start(
            app_config=plan.app_config.text,
            questions=questions(plan),
            after=after,
            migrates=not plan.resolved.migrations.all_before_start,
            environment=[{"name": name, "value": value} for name, value in sorted(known.items())],
        ),
        secrets={name: deployment.secrets[name] for name in sorted(plan.app_config.secrets)},
        database=database,
        resources=Resources(
            cpu=chosen.cpu,
            memory=chosen.memory,
            cpu_limit=chosen.cpu_limit,
            memory_limit=chosen.memory_limit,
            heap_mib=int(float(quantity(chosen.memory_limit)) * HEAP_SHARE / 2**20),
        ),
        replicas=_autoscale(settings.autoscaling) or settings.replicas,
        network=Network(
            senders=[{"pod_selector": {"match_labels": _verification_labels(plan)}}, *_senders(plan)],
            node_port=settings.service.node_port,
            outbound_ports=plan.outbound_ports,
            egress=[*egress(plan.outbound_services, settings), *rights.egress],
            dns=place.dns,
            turnover=Turnover(
                drain_seconds=settings.drain_seconds,
                min_ready_seconds=MIN_READY_SECONDS if settings.load_balancer is not None else 0,
            ),
        ),
        scheduling=scheduling(settings),
        identity=Identity(
            role_name=f"portal-{settings.namespace.name}-reader",
            rules=tuple(
                AccessRule(
                    api_groups=rule.api_groups,
                    resources=rule.resources,
                    verbs=rule.verbs,
                    namespaces=plugin.access_namespaces,
                )
                for plugin in enabled
                for rule in plugin.access_rules
            ),
        ),
    )


def _senders(plan: Plan) -> Iterator[NetworkPolicyPeerArgsDict]:
    """Who may send requests to the pods. It follows from how the portal is reached.

    Nobody, if kubectl forwards a port: that goes through the kubelet, which no policy holds up. The node port of a
    cluster of our own is reached from this machine, so every address but those of pods may send. In other clusters
    requests to a node port have addresses of nodes.
    """
    settings = plan.settings
    if settings.service.sender is not None:
        yield _peer(settings.service.sender)
    elif settings.service.node_port is not None and plan.resolved.own_cluster:
        yield in_network(ANYWHERE, OWN_POD_NETWORK)
    if settings.ingress is not None and settings.ingress.sender is not None:
        yield _peer(settings.ingress.sender)
    if settings.gateway is not None:
        gateway = settings.gateway
        proxies = Sender.model_validate({"namespace": gateway.namespace or settings.namespace.name})
        yield _peer(gateway.sender or proxies)
    if settings.load_balancer is not None and settings.aws is not None:
        # It has addresses of the subnets that it is in.
        subnets = settings.aws.subnets.of_load_balancer(internal=settings.load_balancer.internal)
        yield from (in_network(subnet.cidr) for subnet in subnets)


def _peer(sender: Sender) -> NetworkPolicyPeerArgsDict:
    return in_network(sender.cidr) if sender.cidr is not None else in_namespace(sender.namespace or "")


def _autoscale(chosen: Autoscaling | None) -> Autoscale | None:
    return Autoscale(least=chosen.min, most=chosen.max, cpu_percent=chosen.cpu_percent) if chosen is not None else None
