"""A Job that has to succeed before a deployment goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.batch.v1 import Job
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from components.content_named import immutable_config_map
from components.metadata import CommonMetadata
from components.mounted_files import by_name, file_mounts
from components.pods import ANYWHERE, Scheduling, container_security, pod_security, resources, scheduled_spec
from components.secret_value import SecretValue
from portal.base.content_name import content_name
from portal.base.json_types import is_list, is_mapping
from portal.contract import SERVICE

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        EnvVarArgsDict,
        PodSpecArgsDict,
        PodTemplateSpecArgsDict,
        Secret,
        VolumeArgsDict,
        VolumeMountArgsDict,
    )
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict

# How much longer than the Job itself an engine waits for it.
MORE_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Program:
    """What runs. ``files`` are mounted one by one, by path. ``memory`` is its limit."""

    image: str
    command: Sequence[str]
    files: Mapping[str, str]
    environment: Sequence[EnvVarArgsDict] = ()
    memory: str = "512Mi"


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """What is mounted besides the files. ``fingerprints`` change with the contents."""

    volumes: Sequence[VolumeArgsDict] = ()
    mounts: Sequence[VolumeMountArgsDict] = ()
    fingerprints: tuple[str, ...] = ()


NOTHING_MOUNTED = Mounted()


def mounted_secret(volume: str, folder: str, secret: Secret, *values: SecretValue) -> Mounted:
    """A Secret in a folder, for the user of the pod alone. ``values`` are all that it has."""
    source: VolumeArgsDict = {
        "name": volume,
        "secret": {"secret_name": secret.metadata.name, "default_mode": 0o440},
    }
    mount: VolumeMountArgsDict = {"name": volume, "mount_path": folder, "read_only": True}
    return Mounted(volumes=[source], mounts=[mount], fingerprints=tuple(one.fingerprint for one in values))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """``seconds`` is the time limit of all tries of a Job together. A try that fails is repeated ``retries`` times."""

    seconds: int
    retries: int


@dataclass(frozen=True, kw_only=True)
class GateJobArgs:
    """One program in one pod.

    ``egress`` is all that the pod may reach; policies know it by the labels of ``selector``. A pod that is asked to end
    has ``stop_seconds``. ``account`` is the service account of its pods; None is the namespace's default, which has no
    rights. ``identity`` is what the Job depends on besides these arguments.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    selector: Mapping[str, str]
    program: Program
    mounted: Mounted = NOTHING_MOUNTED
    egress: Sequence[NetworkPolicyEgressRuleArgsDict]
    limits: Limits
    stop_seconds: int = 30
    account: str | None = None
    identity: tuple[str, ...] = ()
    scheduling: Scheduling = ANYWHERE


def gate_job(name: str, args: GateJobArgs, opts: pulumi.ResourceOptions, after: Sequence[pulumi.Resource] = ()) -> Job:
    """The Job, with its files and its network policy. It runs ``after`` other resources.

    The Job's name has a hash of all that it runs: the same deployment does not run it again, and another one runs
    another Job. If it fails, the deployment fails, and the next deployment replaces it (``replaceUnready``:
    https://www.pulumi.com/registry/packages/kubernetes/installation-configuration).
    """
    files = immutable_config_map(
        f"{name}-files",
        args.namespace,
        args.metadata,
        by_name(args.program.files),
        opts,
    )
    policy = NetworkPolicy(
        f"{name}-policy",
        metadata=args.metadata.of(f"{SERVICE}-{name}", args.namespace),
        spec={
            "pod_selector": {"match_labels": dict(args.selector)},
            "policy_types": ["Ingress", "Egress"],
            "egress": list(args.egress),
        },
        opts=opts,
    )
    template = _template(name, args, files.metadata.name)
    content = [known_at_preview(template), dict(args.program.files), *args.mounted.fingerprints, *args.identity]
    waits = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy, *after]))
    return awaited_job(content_name(name, content), args.namespace, args.metadata, template, args.limits, waits)


def awaited_job(
    full: str,
    namespace: pulumi.Input[str],
    metadata: CommonMetadata,
    template: PodTemplateSpecArgsDict,
    limits: Limits,
    opts: pulumi.ResourceOptions,
) -> Job:
    """A Job whose end an engine waits for, and which it replaces if it failed. ``full`` is its name, with a hash."""
    waits = {"pulumi.com/timeoutSeconds": str(limits.seconds + MORE_SECONDS), "pulumi.com/replaceUnready": "true"}
    return Job(
        full,
        metadata=metadata.of(full, namespace, waits),
        spec={
            "backoff_limit": limits.retries,
            "active_deadline_seconds": limits.seconds,
            "template": template,
        },
        opts=opts,
    )


def _template(name: str, args: GateJobArgs, files: pulumi.Input[str]) -> PodTemplateSpecArgsDict:
    spec: PodSpecArgsDict = {
        **scheduled_spec(args.scheduling),
        # A pod that failed stays, so that its log can be read.
        "restart_policy": "Never",
        "termination_grace_period_seconds": args.stop_seconds,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": pod_security(),
        "volumes": [{"name": "files", "config_map": {"name": files, "default_mode": 0o444}}, *args.mounted.volumes],
        "containers": [
            {
                "name": name,
                "image": args.program.image,
                "image_pull_policy": "IfNotPresent",
                "command": list(args.program.command),
                "env": list(args.program.environment),
                "security_context": container_security(),
                "resources": resources("50m", "128Mi", "1", args.program.memory),
                "volume_mounts": [
                    *file_mounts("files", args.program.files),
                    *args.mounted.mounts,
                ],
            }
        ],
    }
    if args.account is not None:
        spec["service_account_name"] = args.account
    return {"metadata": args.metadata.of_pod(), "spec": spec}


def known_at_preview(value: object) -> object:
    """A value with a mark in place of every Output: what a name may depend on, as a preview has to show it."""
    if isinstance(value, pulumi.Output):
        return "output"
    if is_mapping(value):
        return {key: known_at_preview(one) for key, one in value.items()}
    if is_list(value):
        return [known_at_preview(one) for one in value]
    return value
