"""A certificate of AWS for one host."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws.acm import Certificate, CertificateValidation
from pulumi_aws.route53 import Record

_RECORD_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class ValidatedCertificateArgs:
    """``zone`` is the id of the hosted zone that answers for ``host``."""

    host: str
    zone: str


class ValidatedCertificate(pulumi.ComponentResource):
    """A certificate, the record that proves that the host is ours, and the wait until it is issued.

    It renews by itself as long as the record is there. Deliberately for one name: each name needs a record, and their
    number has to be known before AWS says what is in them.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ValidatedCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:entry:ValidatedCertificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = Certificate(
            name,
            domain_name=args.host,
            validation_method="DNS",
            # Public logs list every certificate: clients refuse one that is not there
            # (https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html#concept-transparency).
            options={"certificate_transparency_logging_preference": "ENABLED"},
            opts=child,
        )
        proof = certificate.domain_validation_options[0]
        record = Record(
            f"{name}-record-0",
            zone_id=args.zone,
            name=proof.resource_record_name,
            type=proof.resource_record_type,
            records=[proof.resource_record_value],
            ttl=_RECORD_SECONDS,
            # A certificate that is replaced has the same proof.
            allow_overwrite=True,
            opts=child,
        )
        issued = CertificateValidation(
            f"{name}-issued",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            opts=child,
        )
        self.arn = issued.certificate_arn
        self.register_outputs({"arn": self.arn})
