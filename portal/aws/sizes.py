"""The sizes of a database: small, medium and large. What each is made of, holds and costs.

The monthly costs are assumptions: list prices of us-east-1 on demand, written down from memory on 2026-11-27 and not
looked up. They are for comparing the sizes, not for a budget; other regions cost up to twice as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.aws.offers import is_class_offered

PRICES_DATE = "2026-11-27"
# How many times its first size a volume grows to by itself
# (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html).
GROWTH = 5
_HOURS = 730
# For each GiB of gp3 and month. Multi-AZ has a second instance and a second volume.
_STORAGE_PRICE = 0.115

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
_BYTES_PER_CONNECTION = 9_531_392
_MOST_CONNECTIONS = 5000
# An instance has less than its class's nominal memory: the system and RDS need the rest. How much, AWS does not say; a
# tenth is an assumption. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ParamValuesRef.html
_SHARE_OF_MEMORY = 0.9


@dataclass(frozen=True)
class DatabaseSize:
    """One size. ``classes``: the first that the region offers is taken; all have the same memory.

    ``memory`` is in GiB, ``storage`` in GiB of gp3.
    ``price`` is that of the first class, in USD an hour.
    """

    name: str
    classes: tuple[str, ...]
    memory: int
    storage: int
    price: float

    def instance_class(self, region: str) -> str:
        """The class in a region. A region that is not known gets the first, and AWS decides."""
        offered = (one for one in self.classes if is_class_offered(region, one) is not False)
        return next(offered, self.classes[0])

    @property
    def most_storage(self) -> int:
        """What the volume may grow to by itself."""
        return self.storage * GROWTH

    @property
    def nominal_connections(self) -> int:
        """What RDS would set for the class's nominal memory: LEAST(memory / 9531392, 5000)."""
        return nominal_connections(self.memory)

    @property
    def connections(self) -> int:
        """The connections that fit into the memory that the database has."""
        return connections_that_fit(self.memory)

    def monthly_cost(self, *, multi_az: bool) -> int:
        """The assumed cost in USD: instance and storage, without backups beyond the storage's size, and traffic."""
        return round((_HOURS * self.price + self.storage * _STORAGE_PRICE) * (2 if multi_az else 1))


# Graviton first: the same memory for less. Only the smallest size has a burstable class.
SIZES: Mapping[str, DatabaseSize] = {
    size.name: size
    for size in (
        DatabaseSize("small", ("db.t4g.medium", "db.t3.medium"), 4, 20, 0.065),
        DatabaseSize("medium", ("db.m8g.large", "db.m7g.large", "db.m6g.large"), 8, 50, 0.185),
        DatabaseSize("large", ("db.m8g.xlarge", "db.m7g.xlarge", "db.m6g.xlarge"), 16, 100, 0.37),
    )
}


def nominal_connections(memory: int) -> int:
    """The connections that RDS allows by default for GiB of memory, if the database had all of it."""
    return min(memory * 2**30 // _BYTES_PER_CONNECTION, _MOST_CONNECTIONS)


def connections_that_fit(memory: int) -> int:
    """The connections for GiB of nominal memory, less what the system and RDS take, in whole hundreds."""
    fit = int(memory * 2**30 * _SHARE_OF_MEMORY) // _BYTES_PER_CONNECTION
    return min(fit // 100 * 100, _MOST_CONNECTIONS)


def smallest_size(connections: int) -> DatabaseSize | None:
    """The smallest size that so many connections fit into. None if no size is large enough."""
    return next((size for size in SIZES.values() if connections <= size.connections), None)
