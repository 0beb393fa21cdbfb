"""The programs that ask a portal whether it works: each new pod asks itself, and a Job asks the Service.

A pod that does not find itself to work never gets ready. So the old pods keep their requests, and the rollout ends with
the reason in the pod's log. The Job asks afterwards, from inside the cluster, through the Service and the network
policies.

What this does not prove: that a service out there answers a plugin, and that the address of the portal leads to it.
"""

from __future__ import annotations

from components.backstage.javascript import with_contract

# Returns nothing, or what is wrong. Asks in the order in which a portal comes to life.
ASK = r"""const json = text => JSON.stringify(text).slice(1, -1);

export const ask = async (base, { agent, readiness, title, plugins, reads, token }) => {
  const get = async (path, headers = {}) => {
    try {
      const answer = await fetch(`${base}${path}`, {
        headers: { 'user-agent': agent, connection: 'close', ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(5000),
      });
      return { status: answer.status, text: await answer.text() };
    } catch (error) {
      return { status: 0, text: String(error.cause?.code ?? error.cause?.message ?? error.message) };
    }
  };
  const said = ({ status, text }) => (status ? `answers ${status}` : `does not answer (${text})`);

  const ready = await get(readiness);
  if (ready.status !== 200) return `readiness ${said(ready)}`;
  const page = await get('/');
  if (page.status !== 200) return `the first page ${said(page)}`;
  if (!page.text.includes(json(title)) && !page.text.includes(title)) return 'the first page has another title';
  const states = await Promise.all(
    plugins.map(async plugin => {
      const keys = await get(`/api/${plugin}/.backstage/auth/v1/jwks.json`);
      if (keys.status !== 200) return `plugin ${plugin} cannot read its database (${said(keys)})`;
      const own = await get(`/api/${plugin}/`);
      return own.status === 0 || own.status >= 500 ? `plugin ${plugin} has not started (${said(own)})` : undefined;
    }),
  );
  const wrong = states.find(state => state);
  if (wrong) return wrong;
  let headers = {};
  if (token) {
    const entry = await get(token, { 'x-requested-with': 'XMLHttpRequest' });
    if (entry.status !== 200) return `sign-in as a guest ${said(entry)}`;
    headers = { authorization: `Bearer ${JSON.parse(entry.text).backstageIdentity.token}` };
  }
  for (const [plugin, path] of Object.entries(reads)) {
    const answer = await get(path, headers);
    if (answer.status !== 200 && (token || answer.status !== 401)) return `${plugin} ${said(answer)} to ${path}`;
  }
  return undefined;
};
"""

# For a pod that starts. Its startup probe asks the address that this opens.
VERIFY_START = with_contract(r"""import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { ask } from './ask.mjs';

const verify = async () => {
  const questions = JSON.parse(readFileSync('@QUESTIONS_FILE@', 'utf8'));
  let wrong = 'it has not started to answer';
  const server = createServer((request, response) => {
    response.writeHead(wrong === undefined ? 200 : 503).end(wrong);
  });
  server.listen(@VERIFIED_PORT@).unref();
  let told;
  let at = 0;
  while (wrong !== undefined) {
    // Often until it is ready, and then so that its log can still be read.
    await sleep(told ? 2000 : 250, undefined, { ref: false });
    wrong = await ask('http://127.0.0.1:@PORT@', questions).catch(error => error.message);
    if (wrong === undefined || wrong.startsWith('readiness')) continue;
    if (wrong !== told || Date.now() - at > 20_000) {
      console.log(`@NOT_VERIFIED@${wrong}`);
      [told, at] = [wrong, Date.now()];
    }
  }
  console.log(`this pod answers: the first page, and ${questions.plugins.join(', ')}`);
};

if (isMainThread) verify();
""")

# For the Job. All replicas share the Service's address: several times in a row, each on a new connection.
VERIFY_SERVICE = with_contract(r"""import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.mjs';

const LIMIT_MS = 40_000;
const IN_A_ROW = 5;
const [address] = process.argv.slice(2);
const questions = JSON.parse(readFileSync('@QUESTIONS_FILE@', 'utf8'));
const began = Date.now();

let wrong;
for (let right = 0; right < IN_A_ROW; ) {
  wrong = await ask(address, questions).catch(error => error.message);
  right = wrong === undefined ? right + 1 : 0;
  if (wrong === undefined) continue;
  if (Date.now() - began > LIMIT_MS) break;
  await sleep(500);
}
if (wrong === undefined) {
  console.log(`${address} answers: the first page, and ${questions.plugins.join(', ')}`);
} else {
  const cause = `the portal does not work at ${address}: ${wrong}`;
  console.error(cause);
  try {
    writeFileSync('/dev/termination-log', cause.slice(0, 4000), { flag: 'r+' });
  } catch {
    // Not in a container.
  }
}
process.exit(wrong === undefined ? 0 : 1);
""")
