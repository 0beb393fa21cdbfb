"""The kubeconfig of an EKS cluster. It holds no credential: a command asks for a token when one is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.aws.arn import regional_arn
from portal.base.yaml_text import yaml_text


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


def kubeconfig(cluster: EksAddress, command: str) -> str:
    """A kubeconfig with one context. ``command`` is the path of the program `portal`.

    A path with a slash is looked for from where the client runs, and in a file from the file's folder
    (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
    """
    words = ["aws", "token", "--cluster", cluster.name, "--region", cluster.region]
    credentials: dict[str, Any] = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "args": words,
        "interactiveMode": "Never",
        "provideClusterInfo": False,
        "installHint": "run `make setup` in the checkout, which installs the command",
    }
    return yaml_text(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster.arn,
                    "cluster": {"server": cluster.endpoint, "certificate-authority-data": cluster.authority},
                }
            ],
            "contexts": [{"name": cluster.arn, "context": {"cluster": cluster.arn, "user": cluster.arn}}],
            "current-context": cluster.arn,
            "users": [{"name": cluster.arn, "user": {"exec": credentials}}],
        }
    )
