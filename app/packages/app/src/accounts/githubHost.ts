import { ConfigApi } from '@backstage/frontend-plugin-api';

/** The GitHub whose accounts people sign in with and link: the portal's source, else github.com. */
export function githubHost(config: ConfigApi): string {
  const [source] = config.getOptionalConfigArray('integrations.github') ?? [];
  return source?.getOptionalString('host') ?? 'github.com';
}
