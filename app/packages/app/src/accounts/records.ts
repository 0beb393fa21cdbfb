import { ConfigApi } from '@backstage/frontend-plugin-api';
// `records.json` is generated in the workspace, from the plugin library's records (portal/release/account_records.py).
import records from './records.json';

/** What the browser needs to know about a sign-in provider. */
export type Provider = {
  id: string;
  title: string;
  anyone?: boolean;
  /** What is in front of the portal has signed people in already. */
  proxied?: boolean;
  /** The id of Backstage's own auth API for this provider. Without an id, this app makes an OAuth API. */
  api?: string;
  scopes?: string[];
  /** The source whose host has this provider's accounts. */
  source?: string;
};

/** A source whose host has user accounts. */
export type Source = {
  id: string;
  integration: string;
  publicHost: string;
  /** The id of the API that has the user's tokens. */
  api: string;
  /** The static method of `ScmAuth` that makes an instance for such a host. */
  scmAuth: string;
};

const { providers, sources } = records as { providers: Provider[]; sources: Source[] };

/** The sources whose hosts have user accounts. */
export const accountSources = sources;

/** The sign-in provider of the stack (`portal:signIn`). */
export function chosenProvider(config: ConfigApi): Provider {
  const id = config.getString('portal.signIn');
  const provider = providers.find(one => one.id === id);
  if (!provider) throw new Error(`This image has no sign-in provider called ${id}`);
  return { ...provider, title: config.getOptionalString('portal.signInTitle') ?? provider.title };
}

/** The host of a source in this stack. */
export function hostOf(source: Source, config: ConfigApi): string {
  const [entry] = config.getOptionalConfigArray(`integrations.${source.integration}`) ?? [];
  return entry?.getOptionalString('host') ?? source.publicHost;
}
