"""What each outcome of a test of the database means for the person who configured it. Data only.

``database_script`` writes the names of the outcomes. In a text, ``{address}`` is host and port, ``{names}`` is what the
script lists, and ``{message}`` is what the server or Node.js said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from portal.contract import DATABASE_PASSWORD


class Outcome(NamedTuple):
    """The setting under ``portal:database`` to correct, and the parts of the sentence."""

    key: str
    got: str
    allowed: str
    fix: str


FITS = "fits"

OUTCOMES: Mapping[str, Outcome] = {
    "name": Outcome(
        key="host",
        got="{host}, which the cluster's DNS does not know",
        allowed="a host name that pods can resolve",
        fix="correct it",
    ),
    "network": Outcome(
        key="host",
        got="{address}, which pods cannot reach ({message})",
        allowed="a database that pods can reach",
        fix="correct host and port, or allow the connection in firewalls and `portal:egress`",
    ),
    "plain": Outcome(
        key="host",
        got="{address}, which offers no TLS",
        allowed="a server with TLS",
        fix="enable TLS on the server",
    ),
    "authority": Outcome(
        key="ca",
        got="an authority that did not sign the certificate of {address} ({message})",
        allowed="the authority that did",
        fix="write its certificate, in PEM",
    ),
    "pem": Outcome(
        key="ca",
        got="a text that is not a certificate ({message})",
        allowed="certificates in PEM",
        fix="correct it",
    ),
    "expired": Outcome(
        key="host",
        got="{address}, whose certificate has expired",
        allowed="a server with a valid certificate",
        fix="renew the server's certificate",
    ),
    "host": Outcome(
        key="host",
        got="{host}, which is not in the server's certificate ({message})",
        allowed="a name in the certificate",
        fix="write a name that the certificate was issued for",
    ),
    "password": Outcome(
        key="user",
        got="{user}, whose password {address} rejects",
        allowed="the role's own password",
        fix=f"correct it: `portal secrets set {DATABASE_PASSWORD}`, or the Secret that `passwordSecret` names",
    ),
    "login": Outcome(
        key="user",
        got="{user}, who may not log in ({message})",
        allowed="a role that may log in",
        fix="change the role on the server",
    ),
    "database": Outcome(
        key="name",
        got="{name}, which {address} does not have",
        allowed="an existing database",
        fix="create it, with {user} as its owner",
    ),
    "connect": Outcome(
        key="user",
        got="{user}, who may not connect to {name}",
        allowed="a role that may connect",
        fix="run `GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {name} TO {user}`",
    ),
    "full": Outcome(
        key="host",
        got="{address}, which accepts no more connections",
        allowed="a server with free connections",
        fix="raise its max_connections, or close other connections",
    ),
    "rights": Outcome(
        key="user",
        got="{user}, who lacks {names} on {name}",
        allowed="a role that may create schemas and temporary tables",
        fix="run `GRANT {names} ON DATABASE {name} TO {user}`",
    ),
    "foreign": Outcome(
        key="name",
        got="{name}, which has tables that Backstage did not make (schema {names})",
        allowed="an empty database, or the portal's own",
        fix="create a database for the portal only",
    ),
    "closed": Outcome(
        key="user",
        got="{user}, who may not use existing schemas of plugins (schema {names})",
        allowed="the role that owns them",
        fix="make {user} the owner of these schemas",
    ),
    # Not from the script: its pod did not start.
    "image": Outcome(
        key="",
        got="an image that the cluster cannot pull, so the database was not tested ({message})",
        allowed="an image that the cluster can pull",
        fix="correct `portal:images`, or push the image",
    ),
    # Any other error.
    "other": Outcome(
        key="",
        got="{address}, which refuses the connection ({message})",
        allowed="a database that accepts it",
        fix="correct what the message names",
    ),
}
