"""Backstage itself."""

from components.backstage.args import (
    AccessRule,
    Autoscale,
    BackstageArgs,
    Identity,
    Network,
    Resources,
    Start,
    Turnover,
)
from components.backstage.component import Backstage
from components.backstage.migration import DatabaseMigration, DatabaseMigrationArgs
from components.backstage.verification import Verification, VerificationArgs

__all__ = [
    "AccessRule",
    "Autoscale",
    "Backstage",
    "BackstageArgs",
    "DatabaseMigration",
    "DatabaseMigrationArgs",
    "Identity",
    "Network",
    "Resources",
    "Start",
    "Turnover",
    "Verification",
    "VerificationArgs",
]
