"""A host is known for what it is, however it is written."""

from __future__ import annotations

import pytest

from portal.base.hosts import is_metadata


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "169.254.170.2", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "169.254.43518"),
        *("::ffff:169.254.169.254", "[::ffff:a9fe:a9fe]", "64:ff9b::a9fe:a9fe", "::169.254.169.254", "fd00:ec2::254"),
        *(
            "fe80::1%eth0",
            "169.254.169.254.",
            "METADATA.google.internal.",
            "169%2e254.169.254",
            "\uff11\uff16\uff19.254.169.254",
        ),
        *(
            "169。254。169。254",
            "169.254.169.254.nip.io",
            "a9fea9fe.nip.io",
            "169-254-169-254.sslip.io",
            "instance-data",
        ),
        *("100.100.100.200", "168.63.129.16"),
    ],
)
def test_a_metadata_service_is_known_in_any_notation(host: str) -> None:
    assert is_metadata(host)


@pytest.mark.parametrize("host", ["github.com", "10.0.0.1", "1", "::1", "::", "169.acme.example", "data.acme.example"])
def test_other_hosts_are_no_metadata_service(host: str) -> None:
    assert not is_metadata(host)
