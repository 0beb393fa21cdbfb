"""The module that encrypts to a public key, in the format of age (https://age-encryption.org/v1).

Whoever has the private key opens a backup with this product or with any other program that knows the format. The pod
has only the public key. Tests open what it writes with another implementation.
"""

from __future__ import annotations

AGE = r"""import { createCipheriv, createHmac, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';

const CHUNK = 64 * 1024;
const base64 = bytes => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
const derived = (secret, salt, info) => Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
const sealed = (key, nonce, plain) => {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

// Bech32 (BIP 173): five bits a letter; the last six letters are a checksum, which was compared before this runs.
export const publicKey = recipient => {
  const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  const values = [...recipient.slice(recipient.lastIndexOf('1') + 1, -6)].map(one => letters.indexOf(one));
  const bits = values.map(value => value.toString(2).padStart(5, '0')).join('').slice(0, 256);
  return Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
};

const header = (recipient, fileKey) => {
  const theirs = publicKey(recipient);
  const ours = generateKeyPairSync('x25519');
  const share = Buffer.from(ours.publicKey.export({ format: 'jwk' }).x, 'base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: theirs.toString('base64url') }, format: 'jwk' });
  const shared = diffieHellman({ privateKey: ours.privateKey, publicKey: key });
  const wrap = derived(shared, Buffer.concat([share, theirs]), 'age-encryption.org/v1/X25519');
  const body = base64(sealed(wrap, Buffer.alloc(12), fileKey));
  const text = `age-encryption.org/v1\n-> X25519 ${base64(share)}\n${body}\n---`;
  const mac = createHmac('sha256', derived(fileKey, '', 'header')).update(text).digest();
  return Buffer.from(`${text} ${base64(mac)}\n`);
};

export async function* encrypted(source, recipient) {
  const fileKey = randomBytes(16);
  const nonce = randomBytes(16);
  const key = derived(fileKey, nonce, 'payload');
  yield header(recipient, fileKey);
  yield nonce;
  let number = 0n;
  const chunk = (plain, last) => {
    const counter = Buffer.alloc(12);
    counter.writeBigUInt64BE(number++, 3);
    counter[11] = last ? 1 : 0;
    return sealed(key, counter, plain);
  };
  let waiting = Buffer.alloc(0);
  for await (const piece of source) {
    waiting = Buffer.concat([waiting, piece]);
    // The last chunk says that it is the last one, so a full one waits until there is more.
    while (waiting.length > CHUNK) {
      yield chunk(waiting.subarray(0, CHUNK), false);
      waiting = waiting.subarray(CHUNK);
    }
  }
  yield chunk(waiting, true);
}
"""  # noqa: E501 - the names of one module
