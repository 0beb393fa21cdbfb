// Stand in for the packages of the app that sign and connect: the signers by AWS's description of Signature Version 4
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), the client by PostgreSQL's of
// its protocol (https://www.postgresql.org/docs/18/protocol.html). The real ones take their place where an app was built.
const { createHash, createHmac } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { connect } = require('node:net');
const tls = require('node:tls');

const hash = text => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const escape = text => encodeURIComponent(text).replace(/[!'()*]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

class SignatureV4 {
  constructor({ service, region, credentials }) {
    Object.assign(this, { service, region, credentials });
  }

  async prepared() {
    const key = await (typeof this.credentials === 'function' ? this.credentials() : this.credentials);
    const at = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
    return { key, at, scope: `${at.slice(0, 8)}/${this.region}/${this.service}/aws4_request` };
  }

  signature({ key, at, scope }, { method, path, query, headers, body }) {
    const names = Object.keys(headers).sort();
    const asked = Object.keys(query).sort().map(name => `${escape(name)}=${escape(query[name])}`).join('&');
    const lines = names.map(name => `${name}:${headers[name]}\n`).join('');
    const request = [method, path, asked, lines, names.join(';'), hash(body ?? '')].join('\n');
    const day = hmac(`AWS4${key.secretAccessKey}`, at.slice(0, 8));
    const secret = hmac(hmac(hmac(day, this.region), this.service), 'aws4_request');
    return hmac(secret, ['AWS4-HMAC-SHA256', at, scope, hash(request)].join('\n')).toString('hex');
  }

  async sign(request) {
    const made = await this.prepared();
    const headers = { ...request.headers, 'x-amz-date': made.at, 'x-amz-security-token': made.key.sessionToken };
    const signature = this.signature(made, { ...request, headers });
    const signed = Object.keys(headers).sort().join(';');
    const authorization = `AWS4-HMAC-SHA256 Credential=${made.key.accessKeyId}/${made.scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return { ...request, headers: { ...headers, authorization } };
  }
}

class Signer extends SignatureV4 {
  constructor({ hostname, port, username, region }) {
    super({ service: 'rds-db', region, credentials: fromNodeProviderChain() });
    Object.assign(this, { hostname, port, username });
  }

  async getAuthToken() {
    const made = await this.prepared();
    const host = `${this.hostname}:${this.port}`;
    const query = {
      Action: 'connect',
      DBUser: this.username,
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${made.key.accessKeyId}/${made.scope}`,
      'X-Amz-Date': made.at,
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': made.key.sessionToken,
      'X-Amz-SignedHeaders': 'host',
    };
    query['X-Amz-Signature'] = this.signature(made, { method: 'GET', path: '/', query, headers: { host } });
    return `${host}/?${Object.entries(query).map(([name, value]) => `${name}=${escape(value)}`).join('&')}`;
  }
}

// Of the chain, what EKS gives its pods; kept until it ends.
const fromNodeProviderChain = () => {
  let kept;
  return async () => {
    if (kept && kept.expiration.getTime() - Date.now() > 300_000) return kept;
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: address, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = process.env;
    const answer = await fetch(address, { headers: { authorization: readFileSync(file, 'utf8') } });
    const { AccessKeyId, SecretAccessKey, Token, Expiration } = await answer.json();
    if (!answer.ok) throw new Error(`no credentials: ${answer.status}`);
    kept = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token, expiration: new Date(Expiration) };
    return kept;
  };
};

const number = value => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const short = value => number(value).subarray(2);
const text = value => Buffer.from(`${value}\0`);
const message = (type, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), number(body.length + 4), body]);
};

class Client {
  constructor(given) {
    this.given = given;
    this.rest = Buffer.alloc(0);
    this.waiting = [];
    this.arrived = [];
  }

  on() {}

  async connect() {
    const { host, port, user, database, password, ssl } = this.given;
    this.socket = connect({ host, port });
    await new Promise((resolve, reject) => this.socket.once('connect', resolve).once('error', reject));
    if (ssl) {
      this.socket.write(message('', number(80877103)));
      const answer = await new Promise(resolve => this.socket.once('data', resolve));
      if (answer.toString() !== 'S') throw new Error('The server does not support SSL connections');
      this.socket = tls.connect({ socket: this.socket, servername: host, ...ssl });
      await new Promise((resolve, reject) => this.socket.once('secureConnect', resolve).once('error', reject));
    }
    this.socket.on('error', () => {}).on('data', data => this.take(data)).on('close', () => this.arrive({ type: 'closed' }));
    this.socket.write(message('', number(196608), text('user'), text(user), text('database'), text(database), Buffer.from('\0')));
    for (let one = await this.next(); one.type !== 'Z'; one = await this.next())
      if (one.type === 'R' && one.body.readInt32BE() === 3)
        this.socket.write(message('p', text(typeof password === 'function' ? await password() : password)));
  }

  take(data) {
    this.rest = Buffer.concat([this.rest, data]);
    while (this.rest.length > 4 && this.rest.length > this.rest.readInt32BE(1)) {
      const end = this.rest.readInt32BE(1) + 1;
      this.arrive({ type: String.fromCharCode(this.rest[0]), body: this.rest.subarray(5, end) });
      this.rest = this.rest.subarray(end);
    }
  }

  arrive(one) {
    const taker = this.waiting.shift();
    if (taker) taker(one);
    else this.arrived.push(one);
  }

  async next() {
    const one = this.arrived.shift() ?? (await new Promise(resolve => this.waiting.push(resolve)));
    if (one.type === 'closed') throw new Error('Connection terminated unexpectedly');
    const said = one.type === 'E' && one.body.toString().split('\0').find(field => field.startsWith('M'));
    if (said) throw new Error(said.slice(1));
    return one;
  }

  async query(statement, values = []) {
    const bound = values.flatMap(value => [number(Buffer.byteLength(`${value}`)), Buffer.from(`${value}`)]);
    const parse = message('P', text(''), text(statement), short(0));
    const bind = message('B', text(''), text(''), short(0), short(values.length), ...bound, short(0));
    const run = message('E', text(''), number(0));
    this.socket.write(Buffer.concat([parse, bind, message('D', Buffer.from('P\0')), run, message('S')]));
    const rows = [];
    let columns = [];
    for (let one = await this.next(); one.type !== 'Z'; one = await this.next()) {
      if (one.type === 'T') columns = described(one.body);
      if (one.type === 'D') rows.push(row(one.body, columns));
    }
    return { rows, rowCount: rows.length };
  }

  async end() {
    this.socket?.end(message('X'));
  }
}

const described = body => {
  const columns = [];
  for (let at = 2, index = 0; index < body.readInt16BE(); index++) {
    const end = body.indexOf(0, at);
    columns.push({ name: body.toString('utf8', at, end), boolean: body.readInt32BE(end + 7) === 16 });
    at = end + 19;
  }
  return columns;
};
const row = (body, columns) => {
  const found = {};
  let at = 2;
  for (const { name, boolean } of columns) {
    const length = body.readInt32BE(at);
    const value = length < 0 ? null : body.toString('utf8', at + 4, at + 4 + length);
    found[name] = boolean ? value === 't' : value;
    at += 4 + Math.max(length, 0);
  }
  return found;
};

module.exports = {
  pg: { Client },
  '@aws-sdk/rds-signer': { Signer },
  '@smithy/signature-v4': { SignatureV4 },
  '@smithy/core': { Sha256: class {} },
  '@aws-sdk/credential-providers': { fromNodeProviderChain },
};
