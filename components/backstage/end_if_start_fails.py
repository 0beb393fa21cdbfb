"""The module that ends Backstage where a plugin does not start, so that its pod is started again, and that keeps why.

Backstage reports it and stays up without ever getting ready. Some reasons pass: of two replicas that meet an empty
database one finds the other's migrations locked, and gives up (backstage/charts#300). The others show as a container
that ends again and again, with its log, instead of one that is silent until the startup probe's budget is used up.

The last words of a log are mostly a stack trace. So the message of the error is also kept where Kubernetes shows it
(https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure).
"""

from __future__ import annotations

END_IF_START_FAILS = r"""import { writeFileSync } from 'node:fs';

const keep = error => {
  try {
    writeFileSync('/dev/termination-log', String(error?.message ?? error).slice(0, 1000), { flag: 'r+' });
  } catch {
    // Not in a container.
  }
};

process.on('uncaughtExceptionMonitor', keep);
process.on('unhandledRejection', error => {
  if (!String(error?.message).startsWith('Backend startup failed')) return;
  keep(error);
  // What is written to a pipe before an exit may be lost: https://nodejs.org/api/process.html#process-io
  process.stdout.write('Backstage did not start: this process ends, to be started again\n', () => process.exit(1));
});
"""
