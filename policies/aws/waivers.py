"""Controls of AWS Foundational Security Best Practices that touch what we make and that we do not demand, and why."""

from __future__ import annotations

from collections.abc import Mapping

WAIVERS: Mapping[str, str] = {
    "RDS.23": "The port is 5432. Another one hides nothing from whoever can reach the database, which only pods can,"
    " and every tool and every rule for networks would have to know it.",
    "Route53.2": "No hosted zone is made: the record is written in a zone that exists, and its owner logs queries.",
    "S3.7": "Pages of TechDocs can be built again from their sources, and access logs stay in one region on purpose.",
    "S3.11": "Nothing would listen: no part of a portal reacts to objects. The access log says who used them.",
    "S3.15": "A lock would keep pages that were published by mistake, and a bucket that its owner wants to"
    " delete. Versions bring back what is overwritten or deleted.",
    "S3.20": "Only the root user of an account can switch it on, and no deployment should have that user's"
    " credentials.",
}
