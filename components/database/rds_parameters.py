"""The parameters of PostgreSQL on RDS that differ from RDS's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_aws.rds import ParameterGroupParameterArgsDict

# The first version that takes stages of a connection in place of `1`
# (https://www.postgresql.org/docs/18/runtime-config-logging.html#GUC-LOG-CONNECTIONS).
_STAGES_SINCE = 18
SLOW_MILLISECONDS = 2000


def rds_parameters(version: str, max_connections: int) -> list[ParameterGroupParameterArgsDict]:
    """TLS only, our own limit of connections, and a log of who connects, of changed tables and of slow statements.

    Values of statements are left out of the log: they are what people wrote.
    """
    logged: dict[str, str] = {
        "log_connections": "all" if int(version) >= _STAGES_SINCE else "1",
        "log_disconnections": "1",
        "log_statement": "ddl",
        "log_min_duration_statement": str(SLOW_MILLISECONDS),
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "rds.force_ssl": "1",
    }
    found: list[ParameterGroupParameterArgsDict] = [
        {"name": name, "value": value, "apply_method": "immediate"} for name, value in sorted(logged.items())
    ]
    # PostgreSQL reads it when it starts only.
    return [{"name": "max_connections", "value": str(max_connections), "apply_method": "pending-reboot"}, *found]
