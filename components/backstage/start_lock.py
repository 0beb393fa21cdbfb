"""The module with which pods that migrate when they start do so one after the other.

The turn is held until the pod is ready: that is when the last plugin has migrated, and Backstage tells of no earlier
moment.
"""

from __future__ import annotations

from components.backstage.javascript import with_contract

START_LOCK = with_contract(r"""import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { connect, takeTurn } from './database-client.mjs';

const releaseOnceReady = client => {
  const again = () => sleep(250).then(look);
  const look = () =>
    get({ host: '127.0.0.1', port: @PORT@, path: '@READINESS@' }, answer => {
      answer.resume();
      if (answer.statusCode === 200) client.end().catch(() => {});
      else again();
    }).on('error', again);
  again();
};

if (isMainThread) {
  const client = await connect();
  await takeTurn(client, 'another pod of this portal starts: waiting until it is ready');
  releaseOnceReady(client);
}
""")
