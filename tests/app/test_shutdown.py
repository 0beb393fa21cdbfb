"""What waits for events does not keep the HTTP server open, as a real Node runs it."""

from __future__ import annotations

import json
import subprocess

from tests.components.node import NODE
from tests.support.checkouts import ROOT

# A server with three requests: two that wait for events, and one that takes half a second.
PROGRAM = """
import { createServer, get } from 'node:http';
import { endEventPolls } from '%s';

let stop;
const handler = endEventPolls({ addShutdownHook: hook => { stop = hook; } });
const reached = [];
const server = createServer((request, response) => {
  request.path = request.url;
  handler(request, response, () => {
    reached.push(request.url);
    response.writeHead(202).flushHeaders();
    if (reached.length === 3) stop();
    if (request.url === '/slow') setTimeout(() => response.end('whole'), 500);
  });
});
const poll = name => `/api/events/bus/v1/subscriptions/${name}/events`;
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const ask = path => new Promise((resolve, reject) => get({ port, path, agent: false }, answer => {
    let body = '';
    answer.on('data', part => { body += part; });
    answer.on('end', () => resolve([answer.statusCode, body, answer.complete]));
  }).on('error', reject));
  const open = await Promise.all([ask(poll('a')), ask('/slow'), ask(poll('catalog.b'))]);
  const late = await ask(poll('a'));
  server.close(() => console.log(JSON.stringify({ open, late, reached: reached.length })));
});
"""


def test_event_polls_end_with_the_backend_and_nothing_else_does() -> None:
    module = (ROOT / "app" / "packages" / "backend" / "src" / "shutdown" / "endEventPolls.ts").as_uri()
    command = [NODE, "--no-warnings", "--input-type=module", "--eval", PROGRAM % module]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    assert json.loads(ended.stdout) == {
        "open": [[202, "", True], [202, "whole", True], [202, "", True]],
        "late": [503, "", True],
        "reached": 3,
    }
