import { ApiBlueprint, configApiRef, createApiRef, createFrontendModule } from '@backstage/frontend-plugin-api';
import { ScmAuth, scmAuthApiRef } from '@backstage/integration-react';
import { SignInPageBlueprint } from '@backstage/plugin-app-react';
import { ownAuthApi } from './ownAuthApi';
import { accountSources, hostOf } from './records';

type OAuthApi = Parameters<typeof ScmAuth.forAuthApi>[0];
type Makers = Record<string, (api: OAuthApi, options: { host: string }) => ScmAuth>;

// In place of the page that offers guests only.
const signInPage = SignInPageBlueprint.make({
  params: { loader: () => import('./PortalSignIn').then(m => m.PortalSignIn) },
});

// In place of the one that knows public hosts only. A person's tokens go to the host of the stack's source, and nowhere
// else.
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
