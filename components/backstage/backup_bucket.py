"""Backups in a bucket of S3, or of a service that speaks its protocol.

The client is AWS's own, which Backstage's backend has for its own readers. A dump is uploaded in parts while it is
encrypted, so it needs no room of its own. S3 takes 10,000 parts, which are 160 GB
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount

from components.backstage.backup_place import BuiltPlace
from components.content_named import immutable_secret
from components.gate_job import mounted_secret
from components.metadata import CommonMetadata
from components.secret_value import SecretValue
from portal.contract import BACKUP, BACKUP_SECRET_KEY, BACKUP_SETTINGS_FILE, PORTAL_FOLDER

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict

_FOLDER = "/bucket"
_AUTHORITY_FILE = f"{PORTAL_FOLDER}/bucket-authority.pem"
# https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
_ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"

BUCKET = rf"""import {{ readFileSync }} from 'node:fs';
import {{ createHash }} from 'node:crypto';
import {{ createRequire }} from 'node:module';

const backend = createRequire(`${{process.cwd()}}/packages/backend/package.json`);
const ofBackstage = createRequire(backend.resolve('@backstage/backend-defaults/package.json'));
const s3 = ofBackstage('@aws-sdk/client-s3');
const given = JSON.parse(readFileSync(process.env.BACKUP_SETTINGS ?? '{BACKUP_SETTINGS_FILE}', 'utf8')).place;
const secret = () => readFileSync(process.env.BACKUP_SECRET_KEY ?? '{_FOLDER}/{BACKUP_SECRET_KEY}', 'utf8').trim();
const PART_BYTES = 16 * 1024 * 1024;

const client = new s3.S3Client({{
  region: given.region,
  ...(given.endpoint ? {{ endpoint: given.endpoint, forcePathStyle: true }} : {{}}),
  // Without a key, the pod's own identity.
  ...(given.accessKeyId ? {{ credentials: {{ accessKeyId: given.accessKeyId, secretAccessKey: secret() }} }} : {{}}),
  // Not the checksums that the client would add by itself: not all services know them, and AWS refuses parts that have one
  // if the upload was begun without. MD5 they all know, and a bucket with Object Lock asks for it.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  maxAttempts: 3,
  // The last one counts while whoever reads is slow, too.
  requestHandler: {{ connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true, socketTimeout: 300_000 }},
}});
const Bucket = given.bucket;
const before = `${{given.prefix}}/`;
const object = file => ({{ Bucket, Key: before + file }});
const withSum = Body => ({{ Body, ContentMD5: createHash('md5').update(Body).digest('base64') }});
const ask = async (Command, input) => {{
  try {{
    return await client.send(new s3[Command](input));
  }} catch (error) {{
    throw new Error(`bucket ${{Bucket}}: ${{error?.name}}: ${{error?.message}}`);
  }}
}};

export const list = async () => {{
  const found = [];
  let ContinuationToken;
  do {{
    const page = await ask('ListObjectsV2Command', {{ Bucket, Prefix: before, ContinuationToken }});
    found.push(...(page.Contents ?? []));
    ContinuationToken = page.NextContinuationToken;
  }} while (ContinuationToken);
  return found.map(one => ({{ file: one.Key.slice(before.length), age: Date.now() - one.LastModified.getTime() }}));
}};

async function* parts(pieces) {{
  let waiting = [];
  let bytes = 0;
  for await (const piece of pieces) {{
    if (bytes >= PART_BYTES) {{
      yield {{ Body: Buffer.concat(waiting), last: false }};
      waiting = [];
      bytes = 0;
    }}
    waiting.push(Buffer.from(piece));
    bytes += waiting.at(-1).length;
  }}
  yield {{ Body: Buffer.concat(waiting), last: true }};
}}

export const write = async (file, pieces) => {{
  const sent = [];
  let bytes = 0;
  let UploadId;
  try {{
    for await (const {{ Body, last }} of parts(pieces)) {{
      bytes += Body.length;
      if (last && !UploadId) {{
        await ask('PutObjectCommand', {{ ...object(file), ...withSum(Body) }});
        return bytes;
      }}
      UploadId ??= (await ask('CreateMultipartUploadCommand', object(file))).UploadId;
      const PartNumber = sent.length + 1;
      const {{ ETag }} = await ask('UploadPartCommand', {{ ...object(file), UploadId, PartNumber, ...withSum(Body) }});
      sent.push({{ ETag, PartNumber }});
    }}
    await ask('CompleteMultipartUploadCommand', {{ ...object(file), UploadId, MultipartUpload: {{ Parts: sent }} }});
    return bytes;
  }} catch (error) {{
    // Parts that are left behind cost money, and no list shows them.
    if (UploadId) await ask('AbortMultipartUploadCommand', {{ ...object(file), UploadId }}).catch(() => undefined);
    throw error;
  }}
}};

export const read = async file => (await ask('GetObjectCommand', object(file))).Body;

export const remove = async file => {{
  await ask('DeleteObjectCommand', object(file));
}};
"""  # noqa: E501 - options of one client


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """A key of a user of the bucket's service."""

    id: str
    secret: SecretValue


@dataclass(frozen=True, kw_only=True)
class Role:
    """An IAM role that EKS gives to the pods' service account."""

    arn: str


@dataclass(frozen=True, kw_only=True)
class BackupBucket:
    """A bucket that somebody else made, and the ``prefix`` of the stack's backups in it, without a slash at its end.

    ``authority`` (PEM) signed the certificate of the service; by default a public one. ``egress`` is where the service
    is. Deliberately neither the bucket nor its rules: whoever can deploy a portal should not be able to delete both.
    """

    bucket: str
    prefix: str
    region: str
    endpoint: str | None
    authority: str | None = None
    sign_in: AccessKey | Role
    egress: Sequence[NetworkPolicyEgressRuleArgsDict]

    def build(
        self, name: str, namespace: pulumi.Input[str], metadata: CommonMetadata, parent: pulumi.Resource
    ) -> BuiltPlace:
        """Make the pods' service account, or the Secret with the key."""
        child = pulumi.ResourceOptions(parent=parent)
        files = {_AUTHORITY_FILE: self.authority} if self.authority is not None else {}
        settings = {"bucket": self.bucket, "prefix": self.prefix, "region": self.region}
        if self.endpoint is not None:
            settings["endpoint"] = self.endpoint
        place = BuiltPlace(
            script=BUCKET,
            settings=settings,
            egress=self.egress,
            files=files,
            environment=[{"name": "NODE_EXTRA_CA_CERTS", "value": path} for path in files],
        )
        if isinstance(self.sign_in, Role):
            account = ServiceAccount(
                f"{name}-account",
                metadata=metadata.of(BACKUP, namespace, {_ROLE_ANNOTATION: self.sign_in.arn}),
                automount_service_account_token=False,
                opts=child,
            )
            return replace(place, service_account=account.metadata.name)
        key = self.sign_in
        secret = immutable_secret("backup-bucket", namespace, metadata, {BACKUP_SECRET_KEY: key.secret}, child)
        return replace(
            place,
            settings={**settings, "accessKeyId": key.id},
            mounted=mounted_secret("bucket", _FOLDER, secret, key.secret),
        )
