"""What each outcome of a try of a database means for the person who named it. Data only: texts, and where they point.

The names of the outcomes are those that `database_script` writes. In a text, ``{address}`` is host and port,
``{names}`` what the script lists, ``{message}`` what the server, or Node, said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from portal.contract import DATABASE_PASSWORD


class Outcome(NamedTuple):
    """The setting under ``portal:database`` that a person has to look at, and the parts of the sentence."""

    key: str
    got: str
    allowed: str
    fix: str


FITS = "fits"

_VERIFIED = "a server whose certificate can be verified"

OUTCOMES: Mapping[str, Outcome] = {
    "name": Outcome(
        key="host",
        got="{host}, a name that the cluster's DNS does not know",
        allowed="a host that pods reach",
        fix="correct it",
    ),
    "network": Outcome(
        key="host",
        got="{address}, which a pod of the cluster does not reach ({message})",
        allowed="a database that pods reach",
        fix="correct host and port, or open firewalls and `portal:egress` for it",
    ),
    "plain": Outcome(
        key="host",
        got="{address}, which offers no TLS",
        allowed="a server with TLS",
        fix="switch TLS on at the server",
    ),
    "authority": Outcome(
        key="ca",
        got="an authority that did not sign the certificate of {address} ({message})",
        allowed=_VERIFIED,
        fix="write the certificate of the authority that did, as PEM",
    ),
    "pem": Outcome(
        key="ca",
        got="something that is no certificate ({message})",
        allowed="certificates as PEM",
        fix="correct it",
    ),
    "expired": Outcome(
        key="host",
        got="{address}, whose certificate has expired",
        allowed=_VERIFIED,
        fix="renew the server's certificate",
    ),
    "host": Outcome(
        key="host",
        got="{host}, which the server's certificate does not name ({message})",
        allowed="a name that the certificate has",
        fix="write the name that the certificate was made for",
    ),
    "password": Outcome(
        key="user",
        got="{user}, whose password {address} does not take",
        allowed="the role's own password",
        fix=f"correct it: `portal secrets set {DATABASE_PASSWORD}`, or the Secret that `passwordSecret` names",
    ),
    "login": Outcome(
        key="user",
        got="{user}, who may not log in ({message})",
        allowed="a role that may",
        fix="change it at the server",
    ),
    "database": Outcome(
        key="name",
        got="{name}, a database that {address} does not have",
        allowed="a database that exists",
        fix="create it, with {user} as its owner",
    ),
    "connect": Outcome(
        key="user",
        got="{user}, who may not connect to {name}",
        allowed="the owner of {name}",
        fix="run `GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {name} TO {user}`",
    ),
    "full": Outcome(
        key="host",
        got="{address}, which takes no more connections",
        allowed="a server with connections to spare",
        fix="raise its max_connections, or end others'",
    ),
    "rights": Outcome(
        key="user",
        got="{user}, who lacks {names} on {name}",
        allowed="a role that makes schemas, one for each plugin, and a migration's temporary table",
        fix="run `GRANT {names} ON DATABASE {name} TO {user}`",
    ),
    "foreign": Outcome(
        key="name",
        got="{name}, which holds tables that no Backstage made (schema {names})",
        allowed="an empty database, or the portal's own",
        fix="create a database for the portal alone",
    ),
    "closed": Outcome(
        key="user",
        got="{user}, who may not use the schemas of plugins that are there (schema {names})",
        allowed="the role that made them",
        fix="make {user} their owner",
    ),
    # Not the script's: its pod did not start.
    "image": Outcome(
        key="",
        got="an image that the cluster does not get, so that nothing could be tried ({message})",
        allowed="an image that the cluster pulls",
        fix="correct `portal:images`, or push the image",
    ),
    # Whatever else an error says.
    "other": Outcome(
        key="",
        got="{address}, which refuses us ({message})",
        allowed="a database that works",
        fix="do as it says",
    ),
}
