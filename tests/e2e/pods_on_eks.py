"""What EKS does to pods, done to a graph: a pod whose service account has an association gets its credentials.

And what the tests need besides: names of AWS that DNS does not know here, its authority, and a clock to set.
Source: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.network_rules import POD_IDENTITY
from portal.graph.manifests import pod_template
from portal.graph.model import Graph, Resource
from portal.kubernetes.api import ClusterApi

AUDIENCE = "pods.eks.amazonaws.com"
_FOLDER = f"/var/run/secrets/{AUDIENCE}/serviceaccount"
_TOKEN = "eks-pod-identity-token"
CREDENTIALS = (
    {"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": f"http://{POD_IDENTITY.partition('/')[0]}/v1/credentials"},
    {"name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "value": f"{_FOLDER}/{_TOKEN}"},
)
_TESTS = "of-the-tests"
# With each signal, the process is so far ahead of its time: after the end of a token, and after that of credentials.
AHEAD_MINUTES = (16, 80)
_CLOCK = f"""\
const Now = Date;
const steps = {list(AHEAD_MINUTES)};
let ahead = 0;
process.on('SIGUSR2', () => {{
  ahead = steps.shift() * 60_000;
}});
const now = () => Now.now() + ahead;
globalThis.Date = new Proxy(Now, {{
  construct: (target, given, made) => Reflect.construct(target, given.length ? given : [now()], made),
  get: (target, key) => (key === 'now' ? now : target[key]),
}});
Now.prototype.constructor = globalThis.Date;
"""


@dataclass(frozen=True)
class Associations:
    """What the graph gives to service accounts of one namespace: the statements of each one's role."""

    namespace: str
    statements: Mapping[str, list[Mapping[str, Any]]]

    @classmethod
    def of(cls, graph: Graph) -> Associations:
        """Those of a graph. An association and the policy of its role have the same parent."""
        rights = {
            one.parent: json.loads(one.inputs["policy"])["Statement"]
            for one in graph
            if one.type == "aws:iam/rolePolicy:RolePolicy"
        }
        found = [one for one in graph if one.type == "aws:eks/podIdentityAssociation:PodIdentityAssociation"]
        (namespace,) = {str(one.inputs["namespace"]) for one in found}
        return cls(namespace, {str(one.inputs["serviceAccount"]): rights[one.parent] for one in found})

    def may(self, account: str, action: str, resource: str) -> bool:
        """Whether the role of an account allows an action. Conditions are left to the emulator of IAM."""
        return any(
            one["Effect"] == "Allow" and action in one["Action"] and resource in one["Resource"]
            for one in self.statements[account]
        )

    def account_of(self, api: ClusterApi, token: str) -> str:
        """Whose token it is, as the cluster says; AssertionError if no association is for that."""
        spec = {"token": token, "audiences": [AUDIENCE]}
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec}
        status = api.create("/apis/authentication.k8s.io/v1/tokenreviews", review)["status"]
        assert status.get("authenticated"), f"the cluster does not know this token: {status}"
        kind, _, account = str(status["user"]["username"]).rpartition(":")
        assert kind == f"system:serviceaccount:{self.namespace}", f"a token of {kind}"
        assert account in self.statements, f"nothing is associated with {account}"
        return account


def as_on_eks(graph: Graph, associated: Associations, names: Mapping[str, str], authority: str) -> Graph:
    """The Kubernetes half of a graph, with its pods as they are on EKS."""
    resources = {
        one.urn: _with_pod(one, associated, names) if one.type.endswith((":Deployment", ":Job")) else one
        for one in graph.objects()
    }
    (namespace,) = graph.of_kind("Namespace")
    files = _files(namespace, authority)
    # Dependencies on what AWS makes stay, as a way to what those depend on in turn.
    return replace(graph, resources={**graph.resources, **resources, files.urn: files})


def _files(namespace: Resource, authority: str) -> Resource:
    metadata = {"name": _TESTS, "namespace": namespace.inputs["metadata"]["name"]}
    labels = namespace.inputs["metadata"]["labels"]
    inputs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, "labels": {key: value for key, value in labels.items() if "pod-security" not in key}},
        "data": {"aws.pem": authority, "clock.mjs": _CLOCK},
    }
    kind = "kubernetes:core/v1:ConfigMap"
    urn = namespace.urn.replace(namespace.type, kind).replace(namespace.name, _TESTS)
    return replace(namespace, urn=urn, type=kind, name=_TESTS, inputs=inputs)


def _with_pod(resource: Resource, associated: Associations, names: Mapping[str, str]) -> Resource:
    inputs: Any = copy.deepcopy(resource.inputs)
    pod: Any = pod_template(inputs)["spec"]
    addresses = {address: [name for name, at in names.items() if at == address] for address in names.values()}
    pod["hostAliases"] = [{"ip": address, "hostnames": hosts} for address, hosts in sorted(addresses.items())]
    (container,) = pod["containers"]
    environment, mounts = container.setdefault("env", []), container.setdefault("volumeMounts", [])
    volumes = pod.setdefault("volumes", [])
    volumes.append({"name": _TESTS, "configMap": {"name": _TESTS}})
    mounts.append({"name": _TESTS, "mountPath": "/tests", "readOnly": True})
    environment.append({"name": "NODE_EXTRA_CA_CERTS", "value": "/tests/aws.pem"})
    if resource.type.endswith(":Deployment"):
        # That is the time in which a load balancer finds a new pod healthy, and there is none.
        inputs["spec"]["minReadySeconds"] = 0
        container["command"][1:1] = ["--import", "file:///tests/clock.mjs"]
    if pod.get("serviceAccountName") in associated.statements:
        environment.extend(CREDENTIALS)
        token = {"audience": AUDIENCE, "expirationSeconds": 86400, "path": _TOKEN}
        volumes.append({"name": _TOKEN, "projected": {"sources": [{"serviceAccountToken": token}]}})
        mounts.append({"name": _TOKEN, "mountPath": _FOLDER, "readOnly": True})
    return replace(resource, inputs=inputs)
