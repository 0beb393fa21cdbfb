import { ConfigApi } from '@backstage/frontend-plugin-api';

/** A plugin that is in the image, but not connected to its service yet. */
export type WaitingConnection = {
  plugin: string;
  service: string;
  summary: string;
  steps: string[];
};

/** The connections that the stack has not configured yet, in the order of app-config. */
export function waitingConnections(config: ConfigApi): WaitingConnection[] {
  return (config.getOptionalConfigArray('portal.connections') ?? []).map(entry => ({
    plugin: entry.getString('plugin'),
    service: entry.getString('service'),
    summary: entry.getString('summary'),
    steps: entry.getStringArray('steps'),
  }));
}
