"""Names of a pod's environment that only its own start modules read; the others are app-config's too.

The modules read them from here, so that pod and modules cannot differ.
"""

from __future__ import annotations

from portal.contract import DATABASE_HOST, DATABASE_NAME, DATABASE_PORT, DATABASE_USER

DATABASE_PASSWORD_PATH = "PORTAL_DB_PASSWORD_FILE"  # noqa: S105 - the name of a variable
DATABASE_TLS = "PORTAL_DB_TLS"
DATABASE_AUTHORITY = "PORTAL_DB_AUTHORITY"


def _constants(**names: str) -> str:
    listed = ", ".join(f"{variable}: {constant}" for constant, variable in names.items())
    return f"const {{ {listed} }} = process.env;\n"


# JavaScript.
READ_DATABASE = _constants(host=DATABASE_HOST, port=DATABASE_PORT, user=DATABASE_USER, database=DATABASE_NAME)
READ_CREDENTIALS = _constants(passwordFile=DATABASE_PASSWORD_PATH, tls=DATABASE_TLS, authority=DATABASE_AUTHORITY)
