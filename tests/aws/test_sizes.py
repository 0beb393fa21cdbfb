"""A size holds the connections of the replicas that it is meant for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from portal.aws.sizes import SIZES, nominal_connections, smallest_size
from portal.stack.connection_budget import MOST_REPLICAS, connections_for, max_connections

# As many as the portal of this repository has, give or take one.
BACKENDS = 16


@pytest.mark.parametrize(("size", "replicas"), [("small", 2), ("medium", 6), ("large", 14)])
def test_a_size_holds_a_typical_portal(size: str, replicas: int) -> None:
    """And not one replica more: who changes a size sees for how many it was made."""
    fit = SIZES[size].connections
    assert connections_for(BACKENDS, replicas) <= fit < connections_for(BACKENDS, replicas + 1)


def test_no_size_holds_the_most_replicas() -> None:
    """So the limit of a database on RDS is that of its size, and the replicas are checked against it."""
    assert max_connections(BACKENDS) == connections_for(BACKENDS, MOST_REPLICAS)
    assert smallest_size(max_connections(BACKENDS)) is None


@pytest.mark.parametrize(("memory", "connections"), [(2, 225), (4, 450), (8, 901), (16, 1802), (64, 5000)])
def test_connections_follow_memory_as_rds_says(memory: int, connections: int) -> None:
    assert nominal_connections(memory) == connections


def test_sizes_grow_in_everything() -> None:
    each = [(one.memory, one.storage, one.most_storage, one.connections, one.price) for one in SIZES.values()]
    assert all(less < more for low, high in pairwise(each) for less, more in zip(low, high, strict=True))
    assert all(one.storage < one.most_storage and one.connections < one.nominal_connections for one in SIZES.values())
    # The least that gp3 has: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
    assert min(one.storage for one in SIZES.values()) >= 20


def test_two_zones_cost_twice() -> None:
    for size in SIZES.values():
        assert abs(size.monthly_cost(multi_az=True) - 2 * size.monthly_cost(multi_az=False)) <= 1
