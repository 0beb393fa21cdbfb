// Stands in for AWS's client: a bucket that is a folder, with S3's rules for parts and pages.
const { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, appendFileSync, createReadStream } = require('node:fs');
const { createHash } = require('node:crypto');
const { join } = require('node:path');

const root = process.env.STAND_IN;
const LEAST_PART = 5 * 1024 * 1024;
const PAGE = 3;
const fail = (name, message) => {
  throw Object.assign(new Error(message), { name });
};
const path = ({ Bucket, Key }) => join(root, Bucket, Key.replaceAll('/', '%'));
const parts = ({ UploadId }) => join(root, 'uploads', UploadId);

const content = ({ Body, ContentMD5 }) => {
  if (createHash('md5').update(Body).digest('base64') !== ContentMD5) fail('InvalidDigest', 'a sum is missing or wrong');
  return Body;
};

const answers = {
  ListObjectsV2Command: ({ Bucket, Prefix, ContinuationToken }) => {
    const names = readdirSync(join(root, Bucket)).map(name => name.replaceAll('%', '/')).filter(name => name.startsWith(Prefix)).sort();
    const from = Number(ContinuationToken ?? 0);
    const page = names.slice(from, from + PAGE);
    const Contents = page.map(Key => ({ Key, LastModified: statSync(path({ Bucket, Key })).mtime }));
    return { Contents: page.length ? Contents : undefined, NextContinuationToken: from + PAGE < names.length ? String(from + PAGE) : undefined };
  },
  PutObjectCommand: input => writeFileSync(path(input), content(input)),
  CreateMultipartUploadCommand: () => {
    mkdirSync(parts({ UploadId: 'u1' }), { recursive: true });
    return { UploadId: 'u1' };
  },
  UploadPartCommand: input => {
    if (process.env.FAIL_AT_PART === String(input.PartNumber)) fail('SlowDown', 'try later');
    writeFileSync(join(parts(input), String(input.PartNumber)), content(input));
    return { ETag: `e${input.PartNumber}` };
  },
  CompleteMultipartUploadCommand: input => {
    input.MultipartUpload.Parts.forEach(({ ETag, PartNumber }, index) => {
      const file = join(parts(input), String(PartNumber));
      const last = index === input.MultipartUpload.Parts.length - 1;
      if (ETag !== `e${PartNumber}` || PartNumber !== index + 1) fail('InvalidPart', 'not in order');
      if (!last && statSync(file).size < LEAST_PART) fail('EntityTooSmall', 'a part is too small');
    });
    writeFileSync(path(input), Buffer.concat(input.MultipartUpload.Parts.map(one => readFileSync(join(parts(input), String(one.PartNumber))))));
    rmSync(parts(input), { recursive: true });
  },
  AbortMultipartUploadCommand: input => rmSync(parts(input), { recursive: true }),
  GetObjectCommand: input => (existsSync(path(input)) && !input.Key.includes(process.env.GONE ?? '?') ? { Body: createReadStream(path(input)) } : fail('NoSuchKey', 'The specified key does not exist.')),
  DeleteObjectCommand: input => (process.env.NO_DELETE ? fail('AccessDenied', 'no') : rmSync(path(input), { force: true })),
};

class S3Client {
  constructor(options) {
    this.options = options;
  }

  async send({ name, input }) {
    const { requestHandler, requestChecksumCalculation } = this.options;
    if (!requestHandler.throwOnRequestTimeout || !requestHandler.socketTimeout) fail('NeverEnds', 'no time limit');
    if (requestChecksumCalculation !== 'WHEN_REQUIRED') fail('InvalidPart', 'a checksum that the upload was begun without');
    appendFileSync(join(root, 'asked'), `${JSON.stringify({ name, key: input.Key, ...this.options.credentials, endpoint: this.options.endpoint })}\n`);
    return answers[name](input) ?? {};
  }
}

module.exports = { S3Client };
for (const name of Object.keys(answers))
  module.exports[name] = class {
    constructor(input) {
      Object.assign(this, { name, input });
    }
  };
