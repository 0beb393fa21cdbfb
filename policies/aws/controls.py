"""All rules for resources of AWS."""

from __future__ import annotations

from policies.aws import (
    account,
    cluster,
    database,
    everybody,
    firewall,
    identity,
    keys,
    load_balancer,
    logs,
    messages,
    network,
    registry,
    storage,
)
from policies.control import Control

# By what they are about, in the order in which the reference lists them.
SECTIONS: tuple[tuple[str, tuple[Control, ...]], ...] = (
    ("Account and region", account.CONTROLS),
    ("Network", network.CONTROLS),
    ("Clusters", cluster.CONTROLS),
    ("Databases", database.CONTROLS),
    ("Buckets", storage.CONTROLS),
    ("Load balancers", load_balancer.CONTROLS),
    ("Firewalls", firewall.CONTROLS),
    ("Roles", identity.CONTROLS),
    ("Policies of resources", everybody.CONTROLS),
    ("Keys", keys.CONTROLS),
    ("Image repositories", registry.CONTROLS),
    ("Topics", messages.CONTROLS),
    ("Logs", logs.CONTROLS),
)

AWS_CONTROLS: tuple[Control, ...] = tuple(control for _, controls in SECTIONS for control in controls)
