"""A client that trusts these roots trusts RDS in that region, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from portal.aws.offers import regions
from portal.aws.roots import regions_with_roots, roots_of

# Beyond the time in which the next portal is released with newer ones.
NOT_BEFORE = datetime(2027, 12, 1, tzinfo=UTC)


def certificates(region: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((roots_of(region) or "").encode())


@pytest.mark.parametrize("region", regions_with_roots())
def test_each_root_is_of_its_region_and_lasts(region: str) -> None:
    for root in certificates(region):
        (name,) = root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert str(name.value).startswith(f"Amazon RDS {region} Root CA ")
        root.verify_directly_issued_by(root)
        assert root.not_valid_after_utc >= NOT_BEFORE
        assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize("region", regions_with_roots())
def test_there_is_one_root_for_each_kind_of_key(region: str) -> None:
    keys = [root.public_key() for root in certificates(region)]
    sizes = [key.key_size for key in keys if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)]
    assert sorted(sizes) == [384, 2048, 4096]


def test_a_region_without_roots_is_told_so() -> None:
    assert roots_of("eusc-de-east-1") is None
    assert roots_of("eu-central-1a") is None
    assert len(regions_with_roots()) == 27
    assert {*regions_with_roots()} < {*regions()}
    assert {"il-central-1", "ca-west-1", "us-gov-west-1", "cn-north-1"} <= {*regions()} - {*regions_with_roots()}
