"""What connects to RDS and what makes the portal's role there: real Node and PostgreSQL, AWS on loopback.

With the app's own packages where it was built; otherwise with stand-ins for them.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.backstage.make_rds_role import MAKE_RDS_ROLE
from components.database.rds_args import MASTER_USER
from portal.base.checkout import Checkout
from tests.components.app_folder import app_folder
from tests.components.aws_on_loopback import REGION, SECRET_ARN, Aws, aws_on_loopback
from tests.components.postgres import Server
from tests.components.rds_on_loopback import HOST, Rds, leave_as_rds_does, rds_on_loopback
from tests.components.rds_pod import Pod
from tests.support.certificates import Authority
from tests.support.checkouts import ROOT

pytestmark = pytest.mark.no_python

BUILT = Checkout(ROOT).build / "context" / "dependencies" / "node_modules"
PASSWORD = "planted-password-of-the-master"
ROLE, DATABASE = "Portal-prod", "catalog"
Both = tuple[Pod, Rds]
GRANTED = {"it may sign in", "it signs in with tokens", "it may use the database and make schemas in it"}


@pytest.fixture(params=["stand-ins", "built"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of the app."""
    if request.param == "built" and not BUILT.is_dir():
        pytest.skip("no app was built in this checkout; the end-to-end suite builds one")
    return app_folder(tmp_path / "app", BUILT if request.param == "built" else None)


@pytest.fixture
def aws() -> Generator[Aws]:
    with aws_on_loopback() as one:
        secret = json.dumps({"username": MASTER_USER, "password": PASSWORD})
        one.answers = [(200, {"ARN": SECRET_ARN, "SecretString": secret})]
        yield one


@pytest.fixture
def database(running: Server) -> Server:
    leave_as_rds_does(running, ROLE, DATABASE)
    return running


@pytest.fixture
def both(app: Path, aws: Aws, database: Server, tmp_path: Path) -> Generator[Both]:
    """A pod and the server that it connects to. The master user has a password, and everybody else a token."""
    folder = tmp_path / "etc"
    folder.mkdir()

    def check(user: str, given: str) -> None:
        if user == MASTER_USER:
            assert given == PASSWORD, "not its password"
        else:
            aws.accepts(given, user, f"{HOST}:{rds.port}")

    with rds_on_loopback(database, folder, check) as rds:
        environment = {
            **rds.environment(ROLE, DATABASE),
            **aws.environment(folder),
            "PORTAL_DB_REGION": REGION,
            "PORTAL_MASTER_SECRET": SECRET_ARN,
            "PORTAL_SECRETS_ADDRESS": f"http://127.0.0.1:{aws.port}",
        }
        yield Pod(folder, app, environment), rds


def test_it_makes_the_role_once_and_says_what_it_did(both: Both, aws: Aws, database: Server) -> None:
    pod, _ = both
    first = pod.makes_the_role()
    assert first.code == 0, first
    assert {f"the role {ROLE} was made", f"nobody else may use the database {DATABASE}", *GRANTED} <= set(first.lines)
    second = pod.makes_the_role()
    assert (second.code, second.lines) == (0, [f"the role {ROLE} is as it has to be"])
    # It signs in, owns what it makes, and nobody else gets in.
    made = database.query("CREATE SCHEMA plugin; CREATE TABLE plugin.t (); SELECT current_user", ROLE, DATABASE)
    assert made == [ROLE]
    assert database.query(f"SELECT has_database_privilege('portal', '{DATABASE}', 'CONNECT')", "postgres") == ["f"]
    assert database.query(f"SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = '{ROLE}'", "postgres") == ["t"]
    assert aws.refused == []


@pytest.mark.parametrize(
    "half_made",
    [
        f'CREATE ROLE "{ROLE}"',
        f"CREATE ROLE \"{ROLE}\" LOGIN CREATEDB PASSWORD 'left behind'",
        f'CREATE ROLE "{ROLE}" LOGIN; GRANT rds_iam TO "{ROLE}"; REVOKE ALL ON DATABASE "{DATABASE}" FROM PUBLIC',
        f'CREATE ROLE "{ROLE}"; GRANT CONNECT ON DATABASE "{DATABASE}" TO "{ROLE}" WITH GRANT OPTION',
    ],
    ids=["without rights", "with a password", "without the database", "with too many rights"],
)
def test_what_was_half_made_is_made_whole(both: Both, database: Server, half_made: str) -> None:
    database.query(half_made, MASTER_USER, DATABASE)
    pod, _ = both
    ended = pod.makes_the_role()
    assert ended.code == 0, ended
    assert "was made" not in ended.said
    role = f"SELECT rolcanlogin, rolcreatedb, rolpassword IS NULL FROM pg_authid WHERE rolname = '{ROLE}'"
    assert database.query(role, "postgres") == ["t|f|t"]
    assert database.query("SELECT pg_has_role(current_user, 'rds_iam', 'member')", ROLE, DATABASE) == ["t"]
    assert pod.makes_the_role().lines == [f"the role {ROLE} is as it has to be"]


def test_a_role_that_rules_over_more_is_refused_and_nothing_changes(both: Both, database: Server) -> None:
    database.query(f'CREATE ROLE "{ROLE}" LOGIN; GRANT rds_superuser TO "{ROLE}"', MASTER_USER, DATABASE)
    pod, _ = both
    ended = pod.fails()
    assert ended.code == 1
    assert f"the role {ROLE} is not what it has to be" in ended.cause
    assert "it rules over nothing else" in ended.cause
    assert database.query(f"SELECT pg_has_role('{ROLE}', 'rds_iam', 'member')", "postgres") == ["f"]


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        (json.dumps({"username": MASTER_USER, "password": "planted-old-password"}), "authentication failed"),
        (json.dumps({"password": "planted-old-password"}), "has no username and password"),
        ("planted-old-password {", "has no username and password"),
    ],
    ids=["renewed", "without a user", "no secret of RDS"],
)
def test_a_wrong_secret_is_said_to_be_wrong_and_is_not_shown(both: Both, aws: Aws, secret: str, reason: str) -> None:
    aws.answers = [(200, {"SecretString": secret})]
    pod, _ = both
    ended = pod.fails(meanwhile=lambda: [aws.read.acquire(timeout=30) for _ in range(3)])
    assert ended.code == 1
    assert reason in ended.cause
    assert "planted" not in ended.said + ended.cause
    assert ended.said.count("trying again") == 1  # However often it was.


def test_it_waits_until_its_rights_have_arrived_and_reads_a_renewed_password(both: Both, aws: Aws) -> None:
    denied = {"__type": "AccessDeniedException", "Message": "User is not authorized to perform: GetSecretValue"}
    old = {"SecretString": json.dumps({"username": MASTER_USER, "password": "planted-old-password"})}
    aws.answers = [(400, denied), (200, old), *aws.answers]
    pod, rds = both
    ended = pod.makes_the_role()
    assert ended.code == 0, ended
    assert "Secrets Manager answered 400: AccessDeniedException: User is not authorized" in ended.said
    assert first_lines(rds.refused) == ["not its password"]
    assert "planted" not in ended.said + ended.cause


def test_a_server_with_another_certificate_gets_no_password(both: Both, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text(Authority("other").certificate)
    pod, rds = both
    ended = pod.fails(PORTAL_DB_AUTHORITY=str(other))
    assert ended.code == 1
    assert "certificate" in ended.cause
    assert (rds.accepted, rds.refused) == ([], [])


def test_whatever_does_not_answer_ends_at_a_limit_with_a_reason(both: Both) -> None:
    pod, _ = both
    ended = pod.run(MAKE_RDS_ROLE.replace("LIMIT_MS = 240_000", "LIMIT_MS = 1"))
    assert (ended.code, ended.cause) == (1, f"the role {ROLE} could not be made: nothing has answered yet\n")


LATER = """
import { connect } from './database-client.mjs';
const user = async () => {
  const client = await connect(0);
  const { rows } = await client.query('SELECT current_user AS name');
  console.log(rows[0].name);
  await client.end();
};
await user();
const Now = Date;
const later = Number(process.env.LATER_MS);
globalThis.Date = class extends Now {
  constructor(...given) {
    super(...(given.length ? given : [Now.now() + later]));
  }
  static now() {
    return Now.now() + later;
  }
};
await user();
"""


@pytest.mark.parametrize("minutes", [16, 70], ids=["a new token", "new credentials"])
def test_each_connection_has_a_token_of_its_time(both: Both, aws: Aws, minutes: int) -> None:
    """A token ends after 15 minutes, and the role's credentials after an hour."""
    pod, rds = both
    assert pod.makes_the_role().code == 0
    rds.accepted.clear()
    aws.issued.clear()
    aws.clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes * len(rds.accepted))
    ended = pod.run(LATER, LATER_MS=str(minutes * 60_000))
    assert ended.lines == [ROLE, ROLE], (ended, rds.refused)
    first, second = rds.accepted
    assert first != second
    assert len(aws.issued) == (1 if minutes < 60 else 2)
    with pytest.raises(AssertionError, match=r"signed .* ago|has ended"):
        aws.accepts(first, ROLE, f"{HOST}:{rds.port}")


def test_a_token_is_for_one_region(both: Both) -> None:
    pod, rds = both
    assert pod.makes_the_role().code == 0
    elsewhere = pod.run(LATER, LATER_MS="0", PORTAL_DB_REGION="eu-west-1")
    assert "PAM authentication failed" in elsewhere.cause
    assert first_lines(rds.refused) == ["signed for eu-west-1/rds-db/aws4_request"]


KNEX = """
import { createRequire } from 'node:module';
import { where } from './database-client.mjs';

const knex = createRequire(`${process.cwd()}/`)('knex');
const database = knex({ client: 'pg', connection: where(), pool: { min: 0, max: 2 } });
const ask = () => database.raw('SELECT current_user AS name, pg_sleep(0.05)');
for (const { rows } of await Promise.all([ask(), ask()])) console.log(rows[0].name);
await database.destroy();
"""


@pytest.mark.parametrize("app", ["built"], indirect=True)
def test_the_library_of_migrations_signs_in_the_same_way(both: Both) -> None:
    pod, rds = both
    assert pod.makes_the_role().code == 0
    rds.accepted.clear()
    ended = pod.run(KNEX)
    assert ended.lines == [ROLE, ROLE], ended
    assert len(rds.accepted) == 2


def first_lines(texts: Sequence[str]) -> list[str]:
    return [text.partition("\n")[0] for text in texts]
