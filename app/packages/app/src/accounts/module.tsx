import { ApiBlueprint, configApiRef, createApiRef, createFrontendModule } from '@backstage/frontend-plugin-api';
import { ScmAuth, scmAuthApiRef } from '@backstage/integration-react';
import { SignInPageBlueprint } from '@backstage/plugin-app-react';
import { ownAuthApi } from './ownAuthApi';
import { accountSources, hostOf } from './records';

type OAuthApi = Parameters<typeof ScmAuth.forAuthApi>[0];
type Makers = Record<string, (api: OAuthApi, options: { host: string }) => ScmAuth>;

// Replaces the default sign-in page, which lets in guests only.
const signInPage = SignInPageBlueprint.make({
  params: { loader: () => import('./PortalSignIn').then(m => m.PortalSignIn) },
});

// Replaces the default API, which knows public hosts only. A user's tokens go only to the host that the source has in
// this stack.
const scmAuth = ApiBlueprint.make({
  name: 'scm-auth',
  params: defineParams =>
    defineParams({
      api: scmAuthApiRef,
      deps: {
        config: configApiRef,
        ...Object.fromEntries(accountSources.map(({ id, api }) => [id, createApiRef<OAuthApi>().with({ id: api })])),
      },
      factory: ({ config, ...apis }) =>
        ScmAuth.merge(
          ...accountSources.map(source => {
            const api = (apis as Record<string, OAuthApi>)[source.id];
            return (ScmAuth as unknown as Makers)[source.scmAuth](api, { host: hostOf(source, config) });
          }),
        ),
    }),
});

export const accountsModule = createFrontendModule({ pluginId: 'app', extensions: [signInPage, scmAuth, ownAuthApi] });
