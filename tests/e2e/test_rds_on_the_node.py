"""One whole portal of a stack on AWS, on the node: its database takes tokens for passwords, as RDS does.

The Kubernetes half of the stack is applied as the program makes it, and as EKS would change it. What is AWS's is a
stand-in that checks what it is shown: accounts of pods, roles' policies, signatures, times. Behind it is a real
PostgreSQL 18.
"""

from __future__ import annotations

import copy
import json
import re
from base64 import b64encode
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from portal.base.process import output
from portal.base.progress import PlainProgress
from portal.contract import OWN_DATABASE, OWN_ROLE, ROLE_ACCOUNT
from portal.graph.manifests import manifest
from portal.kubernetes.jobs import await_job
from tests.components.rds_on_loopback import Rds
from tests.e2e.aws_network import HOST, PASSWORD
from tests.e2e.conftest import Workplace, await_that
from tests.e2e.pods import pods_that_stay
from tests.e2e.pods_on_eks import AHEAD_MINUTES
from tests.e2e.portal_on_eks import NAMESPACE, Running, portal_on_eks

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def running(workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    workplace.require(cluster="node", why="what stands for AWS answers on the link of the own node")
    with portal_on_eks(workplace.kubectl, workplace.checkout, tmp_path_factory.mktemp("aws")) as portal:
        yield portal


def test_the_role_job_makes_the_role_and_may_run_twice(running: Running) -> None:
    name = running.name_of("database-role")
    said = running.log(name)
    assert f"the role {OWN_ROLE} was made" in said
    assert f"nobody else may use the database {OWN_DATABASE}" in said
    role = f"SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = '{OWN_ROLE}'"
    assert running.sql(role) == ["t|f|f|f"]
    assert running.sql(f"SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = '{OWN_ROLE}'") == ["t"]
    granted = [f"has_database_privilege('{OWN_ROLE}', '{OWN_DATABASE}', '{one}')" for one in ("CONNECT", "CREATE")]
    assert running.sql(f"SELECT {', '.join(granted)}, pg_has_role('{OWN_ROLE}', 'rds_iam', 'member')") == ["t|t|t"]

    (job,) = [manifest(one) for one in running.graph.of_kind("Job") if one.inputs["metadata"]["name"] == name]
    again = copy.deepcopy(job)
    again["metadata"]["name"] = f"{name}-again"
    output(running.kubectl.command("create", "--filename=-"), stdin=json.dumps(again))
    await_job(running.kubectl.api, NAMESPACE, f"{name}-again", 120, PlainProgress())
    assert running.log(f"{name}-again")[-1:] == [f"the role {OWN_ROLE} is as it has to be"]


def test_backstage_signs_in_with_tokens_and_its_plugins_have_their_schemas(running: Running) -> None:
    """The Job that asks the portal has succeeded: it is the last one of the deployment."""
    assert int(running.sql("SHOW server_version_num")[0]) >= 180000
    (files,) = [one for one in running.graph.of_kind("ConfigMap") if one.name.startswith("backstage-config")]
    plugins = json.loads(files.inputs["data"]["questions.json"])["plugins"]
    schemas = f"SELECT nspname FROM pg_namespace WHERE nspowner = '{OWN_ROLE}'::regrole ORDER BY nspname"
    assert running.sql(schemas) == plugins
    tables = f"SELECT count(*) > 40 FROM pg_tables WHERE tableowner = '{OWN_ROLE}' AND schemaname <> 'public'"
    assert running.sql(tables) == ["t"]
    aws, rds = running.network.aws, running.network.rds
    assert (aws.refused, rds.refused) == ([], [])
    assert {one.role for one in aws.issued} == {"backstage", "migration", ROLE_ACCOUNT}


def test_the_masters_password_is_nowhere_in_the_cluster(running: Running) -> None:
    kinds = "configmaps,secrets,pods,jobs,deployments,events"
    found = output(running.kubectl.command("get", kinds, f"--namespace={NAMESPACE}", "--output=json"))
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in found
    for text in (PASSWORD, b64encode(PASSWORD.encode()).decode()):
        assert text not in found
    assert PASSWORD not in "".join(running.log(running.name_of("database-role")))


# Run in Backstage's pod, with the credentials of its role.
TRIES = """
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const { PORTAL_DB_HOST: host, PORTAL_DB_USER: user, PORTAL_DB_NAME: database, PORTAL_DB_REGION: region } = process.env;
const { PORTAL_DB_AUTHORITY: authority } = process.env;
const ca = readFileSync(authority, 'utf8');
const { Client } = createRequire(`${process.cwd()}/`)('pg');
const backend = createRequire(`${process.cwd()}/packages/backend/package.json`);
const { Signer } = createRequire(backend.resolve('@backstage/backend-defaults/package.json'))('@aws-sdk/rds-signer');
const token = (username, hostname = host) =>
  new Signer({ hostname, port: 5432, username, region }).getAuthToken();
const before = async minutes => {
  const Now = Date;
  globalThis.Date = class extends Now {
    constructor(...given) {
      super(...(given.length ? given : [Now.now() - minutes * 60_000]));
    }
  };
  const made = await token(user);
  globalThis.Date = Now;
  return made;
};
const mine = await token(user);
const tries = [
  [user, mine],
  [user, mine.replace(/(X-Amz-Signature=)(.)/, (_, name, digit) => name + (digit === '0' ? '1' : '0'))],
  ['postgres', mine],
  ['postgres', await token('postgres')],
  [user, await token(user, 'another.c0ffee000000.eu-central-1.rds.amazonaws.com')],
  [user, await before(16)],
  [user, 'a password'],
  [user, mine, false],
];
for (const [name, password, ssl = { ca, rejectUnauthorized: true }] of tries) {
  const client = new Client({ host, port: 5432, database, user: name, password, ssl });
  client.on('error', () => {});
  try {
    await client.connect();
    console.log((await client.query('SELECT current_user AS name')).rows[0].name);
  } catch (error) {
    console.log(error.message);
  }
  await client.end().catch(() => {});
}
"""


def test_no_other_token_opens_the_database(running: Running) -> None:
    """For somebody else, for another host, with another signature, too old, none at all, and without TLS."""
    rds = running.network.rds
    rds.refused.clear()
    said = running.in_pod("node", "--input-type=module", "-", given=TRIES).splitlines()
    refused = [f'PAM authentication failed for user "{name}"' for name in (OWN_ROLE, "postgres", "postgres")]
    assert said == [OWN_ROLE, *refused, *[refused[0]] * 3, "no encryption"]
    reasons = (
        "a wrong signature",
        f"signed for {OWN_ROLE}",
        "backstage has no right to rds-db:connect on .*/postgres",
        "signed for another[.].*",
        "signed 0:16:.* ago",
        "no token",
    )
    assert len(rds.refused) == len(reasons)
    for reason, expected in zip(rds.refused, reasons, strict=True):
        assert re.fullmatch(expected, reason.partition("\n")[0])


def test_connections_after_the_end_of_a_token_have_a_new_one(running: Running) -> None:
    """Hours in seconds: the clocks of the process and of AWS go ahead, and the server ends all connections."""
    aws, rds = running.network.aws, running.network.rds
    pods = _pods(running)
    for minutes in AHEAD_MINUTES:
        issued = len(aws.issued)
        running.in_pod("node", "--eval", "process.kill(1, 'SIGUSR2')")
        aws.clock = lambda ahead=timedelta(minutes=minutes): datetime.now(UTC) + ahead
        # Until now nobody got in with a new one: it was signed in the future.
        old = list(rds.accepted)
        with pytest.raises(AssertionError, match=r"signed .* ago|has ended"):
            aws.accepts(old[-1], OWN_ROLE, f"{HOST}:5432")
        ended = f"SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE usename = '{OWN_ROLE}'"
        assert running.sql(ended) == ["t"]
        await_that(partial(_more_than, old, rds), "connections with new tokens")
        assert set(old).isdisjoint(rds.accepted[len(old) :])
        # The credentials of a role last an hour, and tokens are signed without asking anybody.
        assert (len(aws.issued) > issued) == (minutes > 60)
    health = "/.backstage/health/v1/readiness"
    address = f"/api/v1/namespaces/{NAMESPACE}/services/http:backstage:80/proxy{health}"
    assert json.loads(output(running.kubectl.command("get", "--raw", address)))["status"] == "ok"
    assert _pods(running) == pods


def _more_than(old: list[str], rds: Rds) -> bool:
    return len(rds.accepted) > len(old)


def _pods(running: Running) -> set[tuple[str, str]]:
    """Backstage's pods, each with how often it was started."""
    found = pods_that_stay(running.kubectl, NAMESPACE, "app.kubernetes.io/component=backstage")
    return {(str(one["metadata"]["uid"]), str(one["status"]["containerStatuses"][0]["restartCount"])) for one in found}
