"""Sign in to AWS for other programs."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from portal.aws.job_token import job_token
from portal.aws.token import eks_token, exec_credential
from portal.aws.web_identity import take_role
from portal.base.moment import moment_text
from portal.command.context import Context
from portal.command.job_session import hand_on, masks, require_job, session_name
from portal.command.options import Stack
from portal.command.role_of_job import REGION_VARIABLE, ROLE_VARIABLE, role_of_job
from portal.command.verb import Verb
from portal.stackfile.read import read_stack_file

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


@verb.command("sign-in")
def aws_sign_in(
    context: typer.Context,
    stack: Stack,
    purpose: Annotated[
        str, typer.Option("--as", help="deploy, read-only or release: what the job does.", metavar="PURPOSE")
    ],
    role: Annotated[
        str | None,
        typer.Option("--role", envvar=ROLE_VARIABLE, help="The ARN of the role. Default: the foundation's."),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", envvar=REGION_VARIABLE, help="The region. Default: the stack's.")
    ] = None,
) -> None:
    """Let the later steps of a job of GitHub Actions use AWS, for an hour and without a stored key.

    GitHub says who the job is, and AWS gives it the role that a foundation made for such jobs: to deploy this stack, to
    only read it, or to push releases. The stack's file says which role that is, so nothing has to be stored. For a
    stack that does not run on AWS, the command does nothing unless a role is given.

    The job needs the permission `id-token: write`. The credentials are in a file of the runner's that ends with the
    job, and no later step has them in its environment.

    \b
    portal aws sign-in --stack prod --as deploy
    portal aws sign-in --stack prod --as read-only
    """
    found: Context = context.obj
    chosen = role_of_job(read_stack_file(found.checkout, stack), purpose, role, region)
    if chosen is None:
        found.out.print(f"{stack} does not run on AWS, and no role is given: there is nothing to sign in to.")
        return
    require_job()
    session = take_role(chosen.arn, chosen.region, job_token(), session_name())
    for line in masks(session):
        found.out.document(line)
    hand_on(session, chosen.region)
    found.out.print(f"The later steps of this job have the role {chosen.arn} until {moment_text(session.ends)}.")
