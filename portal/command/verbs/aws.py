"""Sign in to AWS for other programs."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from portal.aws.token import eks_token, exec_credential
from portal.command.context import Context
from portal.command.verb import Verb

verb = Verb(group_help=__doc__)


@verb.callback()
def aws() -> None:
    """Sign in to AWS for other programs."""


@verb.command("token")
def aws_token(
    context: typer.Context,
    cluster: Annotated[str, typer.Option("--cluster", help="The name of the EKS cluster.")],
    region: Annotated[str, typer.Option("--region", help="The region that the cluster is in.")],
) -> None:
    """Print a token for an EKS cluster, as kubectl and Pulumi ask for it. The AWS CLI is not needed.

    The kubeconfig of a stack on AWS names this command, so you seldom run it yourself: to see whether the credentials
    of this machine are found. They are found as every program of AWS finds them: in the environment, in a profile
    (AWS_PROFILE), by SSO, by a web identity, or as the machine's own. The command asks neither AWS nor the cluster
    whether they are the right ones; if they are not, the cluster rejects the token.

    The token is as good as a password, for this cluster and for 14 minutes. With temporary credentials, their session
    token is in it. The secret key never is.

    \b
    portal aws token --cluster acme --region eu-central-1
    AWS_PROFILE=prod portal aws token --cluster acme --region eu-central-1 | jq -r .status.expirationTimestamp
    """
    found: Context = context.obj
    token = eks_token(cluster, region)
    found.out.document(json.dumps(exec_credential(token, os.environ.get("KUBERNETES_EXEC_INFO"))))
