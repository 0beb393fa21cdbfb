import { ConfigApi } from '@backstage/frontend-plugin-api';

/** A plugin that is in the image and waits for a connection to its service. */
export type WaitingConnection = {
  plugin: string;
  service: string;
  summary: string;
  steps: string[];
};

/** The connections that this portal's stack leaves open, in the order of app-config. */
export function waitingConnections(config: ConfigApi): WaitingConnection[] {
  return (config.getOptionalConfigArray('portal.connections') ?? []).map(entry => ({
    plugin: entry.getString('plugin'),
    service: entry.getString('service'),
    summary: entry.getString('summary'),
    steps: entry.getStringArray('steps'),
  }));
}
