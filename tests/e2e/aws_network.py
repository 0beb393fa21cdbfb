"""What a pod on EKS reaches of AWS, where pods of the own node reach it: the agent, the database, and Secrets Manager.

All three answer at the machine's end of the node's link, so that what goes there leaves the node, and network policies
judge it as they judge it on EKS.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.database.rds_args import MASTER_USER
from components.network_rules import POD_IDENTITY, POD_IDENTITY_PORT
from portal.aws.endpoints import service_host
from portal.base.process import output
from portal.graph.provider import computed_outputs
from portal.node.layout import HOST_ADDRESS, HOST_INTERFACE, NETWORK_NAMESPACE
from portal.node.lifecycle import Node
from tests.components.aws_on_loopback import REGION, Aws, serve_aws
from tests.components.postgres import Server
from tests.components.rds_on_loopback import Rds, leave_as_rds_does, rds_at
from tests.support.certificates import Authority

_INSTANCE = computed_outputs("aws:rds/instance:Instance")
HOST = str(_INSTANCE["address"])
# In the first of the database's subnets of tests/support/aws/dev.yaml.
DATABASE_ADDRESS = "10.40.16.10"
SECRETS_HOST = service_host("secretsmanager", REGION)
# What a name stands for, as AWS's DNS would say.
NAMES = {HOST: DATABASE_ADDRESS, SECRETS_HOST: HOST_ADDRESS}
PASSWORD = "planted-password-of-the-master"


@dataclass(frozen=True)
class AwsNetwork:
    """The account, the database as pods see it, the PostgreSQL behind it, and who signed the certificates of AWS."""

    aws: Aws
    rds: Rds
    server: Server
    authority: str

    @property
    def database_authority(self) -> str:
        """Who signed the certificate of the database."""
        return self.rds.authority.read_text()


@contextmanager
def aws_network(node: Node, server: Server, role: str, database: str, folder: Path) -> Generator[AwsNetwork]:
    """Serve it, with a database as RDS leaves it. ``folder`` gets certificates."""
    aws = Aws(
        secret=str(_INSTANCE["masterUserSecrets"][0]["secretArn"]),
        instance=str(_INSTANCE["resourceId"]),
        answers=[(200, {"SecretString": json.dumps({"username": MASTER_USER, "password": PASSWORD})})],
    )

    def check(user: str, given: str) -> None:
        if user == MASTER_USER:
            assert given == PASSWORD, "not its password"
        else:
            aws.accepts(given, user, f"{HOST}:5432")

    leave_as_rds_does(server, role, database)
    authority = Authority("aws")
    with ExitStack() as stack:
        agent = POD_IDENTITY.partition("/")[0]
        for address in (agent, DATABASE_ADDRESS):
            stack.enter_context(_address(node, address))
        stack.enter_context(serve_aws(aws, agent, POD_IDENTITY_PORT))
        stack.enter_context(serve_aws(aws, HOST_ADDRESS, 443, _tls(authority, SECRETS_HOST, folder)))
        rds = stack.enter_context(rds_at((DATABASE_ADDRESS, 5432), HOST, server, folder, check))
        yield AwsNetwork(aws, rds, server, authority.certificate)


@contextmanager
def _address(node: Node, address: str) -> Generator[None]:
    """An address of the machine on the link, and the node's route to it."""
    route = [*node.inside("nsenter", f"--net={NETWORK_NAMESPACE}", "--", "ip", "route")]
    output(["ip", "address", "replace", f"{address}/32", "dev", HOST_INTERFACE])
    try:
        output([*route, "replace", f"{address}/32", "via", HOST_ADDRESS])
        try:
            yield
        finally:
            output([*route, "delete", f"{address}/32"])
    finally:
        output(["ip", "address", "delete", f"{address}/32", "dev", HOST_INTERFACE])


def _tls(authority: Authority, host: str, folder: Path) -> ssl.SSLContext:
    certificate, key = authority.signed_for(host)
    file = folder / "aws.pem"
    file.write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
