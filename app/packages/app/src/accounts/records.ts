import { ConfigApi } from '@backstage/frontend-plugin-api';
// Written into the workspace from the records of the plugin library (portal/release/account_records.py).
import records from './records.json';

/** A sign-in provider, as far as the browser needs to know it. */
export type Provider = {
  id: string;
  title: string;
  anyone?: boolean;
  /** The id of Backstage's own API for it; without one this app makes an OAuth API. */
  api?: string;
  scopes?: string[];
  /** The source whose host its accounts are at. */
  source?: string;
};

/** A source at which people have accounts. */
export type Source = {
  id: string;
  integration: string;
  publicHost: string;
  /** The id of the API with people's tokens, and the maker of `ScmAuth` for such a host. */
  api: string;
  scmAuth: string;
};

const { providers, sources } = records as { providers: Provider[]; sources: Source[] };

/** Sources at which people have accounts. */
export const accountSources = sources;

/** The way in that the stack chose (`portal:signIn`). */
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
