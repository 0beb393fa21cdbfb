"""The kubeconfig of an EKS cluster. It holds no credential: a command asks for a token when one is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from portal.aws.arn import regional_arn

# The versions of credentials that `portal aws token` gives, newest first
# (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/).
EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
# The program `portal`, from the folder of the checkout. Pulumi.yaml names the same environment.
COMMAND = ".venv/bin/portal"


@dataclass(frozen=True)
class EksAddress:
    """A cluster, and where its API server is. ``authority`` is base64 of PEM."""

    name: str
    account: str
    region: str
    endpoint: str
    authority: str

    @property
    def arn(self) -> str:
        """The cluster's ARN, which is also the name of its context, as the AWS CLI writes it."""
        return regional_arn("eks", self.region, self.account, f"cluster/{self.name}")


def kubeconfig(cluster: EksAddress, command: str = COMMAND) -> str:
    """A kubeconfig with one context: the same text on every machine, as long as ``command`` is the default.

    ``command`` is the program `portal`. A name without a slash would be looked for on the PATH, which often lacks the
    folder of the checkout's environment: Pulumi gives it to the program only, and not to its providers. A relative path
    is looked for from where the client runs if the kubeconfig is a text, and from the kubeconfig's folder if it is a
    file. So the default is for Pulumi, which runs its providers in the folder of Pulumi.yaml. A file needs the whole
    path: its folder may be a link.

    It is JSON, which is YAML in every version: clients that read YAML 1.1 take a cluster called `no` for a boolean.

    Sources: kubernetes/client-go tools/clientcmd/loader.go (ResolveLocalPaths), pulumi/pulumi pkg/engine/project.go
    (GetPwdMain) and sdk/go/common/resource/plugin/provider_plugin.go (NewProvider), pulumi/pulumi-kubernetes
    provider/pkg/provider/util.go (it loads a text without a folder).
    """
    credentials: dict[str, Any] = {
        "apiVersion": EXEC_VERSIONS[0],
        "command": command,
        "args": ["aws", "token", "--cluster", cluster.name, "--region", cluster.region],
        "interactiveMode": "Never",
        "provideClusterInfo": False,
        # The Go client shows this only if it looked on the PATH; others may show it always.
        "installHint": f"{command} is not there. Run `make setup` in the checkout, which installs it.",
    }
    named = cluster.arn
    content: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": named,
                "cluster": {"server": cluster.endpoint, "certificate-authority-data": cluster.authority},
            }
        ],
        "users": [{"name": named, "user": {"exec": credentials}}],
        "contexts": [{"name": named, "context": {"cluster": named, "user": named}}],
        "current-context": named,
    }
    return f"{json.dumps(content, indent=2)}\n"
