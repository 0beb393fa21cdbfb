"""What tries a database as the portal would: in the cluster, with the portal's image and its own PostgreSQL client.

It writes one JSON object as the container's termination message, and nothing to a log. Password and certificate
authorities are files: no argument and no variable holds them.
"""

from __future__ import annotations

FILES = "/run/preflight"
PASSWORD = "password"  # noqa: S105 - a file's name
AUTHORITIES = "ca.pem"

# `transient` is retried: a new pod's network may take a moment. The queries read the catalogs of PostgreSQL only
# (https://www.postgresql.org/docs/18/catalogs.html). Every plugin of Backstage keeps a table of knex's migrations in
# its schema: that is what tells a schema of Backstage's from somebody else's.
TRY_DATABASE = rf"""
const {{ existsSync, readFileSync, writeFileSync }} = require('fs');
const {{ X509Certificate }} = require('crypto');
const {{ Client }} = require('pg');
const {{ PORTAL_DB_HOST: host, PORTAL_DB_PORT: port, PORTAL_DB_USER: user, PORTAL_DB_NAME: database }} = process.env;
const ours = JSON.parse(process.env.PREFLIGHT_SCHEMAS);
const file = name => (existsSync(`{FILES}/${{name}}`) ? readFileSync(`{FILES}/${{name}}`, 'utf8') : undefined);

const CODES = {{
  '28P01': 'password', '28000': 'login', '3D000': 'database', '42501': 'connect', '53300': 'full',
  ENOTFOUND: 'name', EAI_AGAIN: 'name',
  SELF_SIGNED_CERT_IN_CHAIN: 'authority', DEPTH_ZERO_SELF_SIGNED_CERT: 'authority', CERT_SIGNATURE_FAILURE: 'authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'authority', UNABLE_TO_GET_ISSUER_CERT: 'authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'authority',
  CERT_HAS_EXPIRED: 'expired', ERR_TLS_CERT_ALTNAME_INVALID: 'host',
}};
const NETWORK = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];

const outcome = error => {{
  if (CODES[error.code]) return CODES[error.code];
  if (NETWORK.includes(error.code) || /timeout|terminated/i.test(error.message)) return 'network';
  if (/does not support SSL/.test(error.message)) return 'plain';
  return 'other';
}};

const attempt = async () => {{
  const client = new Client({{
    host, port: Number(port), user, database, password: file('{PASSWORD}'),
    ssl: {{ ca: file('{AUTHORITIES}'), rejectUnauthorized: true }}, connectionTimeoutMillis: 4000, query_timeout: 5000,
  }});
  client.on('error', () => {{}});
  try {{
    await client.connect();
    const one = async (text, values) => (await client.query(text, values)).rows;
    // A migration of the catalog makes a temporary table.
    const rights = ['CREATE', 'TEMPORARY'];
    const lacking = (await one(
      'SELECT r AS name FROM unnest($1::text[]) r WHERE NOT has_database_privilege(current_database(), r)', [rights],
    )).map(right => right.name);
    const schemas = await one(`
      SELECT n.nspname AS name, has_schema_privilege(n.oid, 'CREATE, USAGE') AS usable,
             count(c.oid)::int AS tables, coalesce(bool_or(c.relname LIKE '%knex_migrations'), false) AS backstage
      FROM pg_namespace n
      LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
      WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
      GROUP BY n.oid, n.nspname ORDER BY n.nspname`);
    const used = schemas.filter(schema => schema.tables > 0);
    const foreign = used.filter(schema => !schema.backstage || schema.name === 'public').map(schema => schema.name);
    const closed = schemas.filter(schema => ours.includes(schema.name) && !schema.usable).map(schema => schema.name);
    if (lacking.length) return {{ outcome: 'rights', names: lacking }};
    if (foreign.length) return {{ outcome: 'foreign', names: foreign.slice(0, 10) }};
    if (closed.length) return {{ outcome: 'closed', names: closed.slice(0, 10) }};
    return {{ outcome: 'fits' }};
  }} catch (error) {{
    return {{ outcome: outcome(error), message: String(error.message).slice(0, 300) }};
  }} finally {{
    await client.end().catch(() => {{}});
  }}
}};

// Node ignores certificates that it cannot read (https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions).
const unreadable = () => {{
  const text = file('{AUTHORITIES}');
  const blocks = text?.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  if (text !== undefined && !blocks.length) return 'no block of a certificate in it';
  try {{
    blocks.forEach(block => new X509Certificate(block));
  }} catch (error) {{
    return String(error.message).slice(0, 300);
  }}
}};

const tell = found => {{
  writeFileSync('/dev/termination-log', JSON.stringify(found));
  process.exit(0);
}};
const deadline = Date.now() + 15000;
const again = async () => {{
  const found = await attempt();
  if (found.outcome === 'network' && Date.now() < deadline) return setTimeout(again, 500);
  if (found.outcome === 'name' && Date.now() < deadline - 8000) return setTimeout(again, 500);
  tell(found);
}};
const broken = unreadable();
if (broken) tell({{ outcome: 'pem', message: broken }});
// A new pod may talk for a moment before its network policies are in force: what comes through then says nothing.
setTimeout(again, 1500);
"""  # noqa: S608 - constants of ours
