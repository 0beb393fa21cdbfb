"""The module that Node imports before Backstage: it is done when PostgreSQL answers as PostgreSQL.

Backstage gives up after three tries within a second, and stays up without ever getting ready. An open port is no
answer: before a cluster has programmed a Service's address, whatever stands behind its default route may take the
connection. So this asks for TLS and, where that is declined, for a session, and ends once it is asked for a password.
Source: https://www.postgresql.org/docs/18/protocol-flow.html
"""

from __future__ import annotations

from components.backstage.javascript import with_contract

WAIT_FOR_DATABASE = with_contract(r"""import { connect } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const { @DATABASE_HOST@: host, @DATABASE_PORT@: port, @DATABASE_USER@: user, @DATABASE_NAME@: database } = process.env;

const message = (...parts) => {
  const body = Buffer.concat(parts.map(part => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
};
const tlsRequest = message([4, 210, 22, 47]);
const startup = message([0, 3, 0, 0], `user\0${user}\0database\0${database}\0\0`);
const reason = reply =>
  reply.subarray(5).toString().split('\0').find(field => field.startsWith('M'))?.slice(1) ?? 'not PostgreSQL';

const attempt = done => {
  const socket = connect({ host, port: Number(port) });
  const again = why => {
    socket.removeAllListeners().on('error', () => {}).destroy();
    console.log(`waiting for ${host}:${port}: ${why}`);
    setTimeout(attempt, 500, done);
  };
  const answered = () => {
    socket.removeAllListeners().on('error', () => {}).destroy();
    done();
  };
  socket.setTimeout(3000);
  socket.once('timeout', () => again('no answer'));
  socket.once('error', error => again(error.code ?? error.message));
  socket.once('close', () => again('the connection was closed'));
  socket.once('connect', () => socket.write(tlsRequest));
  socket.once('data', answer => {
    if (answer.toString() === 'S') return answered();
    if (answer.toString() !== 'N') return again('not PostgreSQL');
    socket.once('data', reply => (String.fromCharCode(reply[0]) === 'R' ? answered() : again(reason(reply))));
    socket.write(startup);
  });
};
// Threads that Backstage starts import this too: the database is there by then.
if (isMainThread) await new Promise(attempt);
""")
