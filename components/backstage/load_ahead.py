"""The module that loads Backstage's packages before anything is waited for.

Loading them takes most of a start and needs neither the database nor a turn (`start_lock`). So it happens while the
database starts, and in all replicas at once: what they do one after the other is only what migrates. Node keeps what is
loaded (https://nodejs.org/api/modules.html#caching), and Backstage then finds it there.

It looks for packages as Backstage's discovery does (``@backstage/backend-defaults``, ``PackageDiscoveryService``):
dependencies of the backend with a backend's role. Nothing starts by being loaded. A package that cannot be loaded is
left to Backstage, which says why.
"""

from __future__ import annotations

LOAD_AHEAD = r"""import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const ROLES = ['backend-plugin', 'backend-plugin-module', 'node-library'];

// Threads that Backstage starts import this too, and need next to nothing of it.
if (isMainThread) {
  const backend = `${process.cwd()}/packages/backend/package.json`;
  const require = createRequire(backend);
  for (const name of Object.keys(JSON.parse(readFileSync(backend, 'utf8')).dependencies ?? {})) {
    try {
      if (ROLES.includes(require(`${name}/package.json`).backstage?.role)) require(name);
    } catch {
      // Backstage loads it again.
    }
  }
}
"""
