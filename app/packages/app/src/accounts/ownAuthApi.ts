import { OAuth2 } from '@backstage/core-app-api';
import {
  ApiBlueprint,
  BackstageIdentityApi,
  configApiRef,
  createApiRef,
  discoveryApiRef,
  oauthRequestApiRef,
  ProfileInfoApi,
  SessionApi,
} from '@backstage/frontend-plugin-api';
import { chosenProvider } from './records';

/** The interfaces that sign-in needs from an auth API. */
export type OwnAuthApi = BackstageIdentityApi & ProfileInfoApi & SessionApi;

/** The auth API for a sign-in provider for which Backstage has none. */
export const ownAuthApiRef = createApiRef<OwnAuthApi>().with({ id: 'portal.auth' });

/** An OAuth client that works with every auth provider of Backstage's backend. It makes no request until it is used. */
export const ownAuthApi = ApiBlueprint.make({
  name: 'portal-auth',
  params: defineParams =>
    defineParams({
      api: ownAuthApiRef,
      deps: { configApi: configApiRef, discoveryApi: discoveryApiRef, oauthRequestApi: oauthRequestApiRef },
      factory: ({ configApi, discoveryApi, oauthRequestApi }) => {
        const { id, title, scopes } = chosenProvider(configApi);
        return OAuth2.create({
          configApi,
          discoveryApi,
          oauthRequestApi,
          provider: { id, title, icon: () => null },
          environment: configApi.getString('auth.environment'),
          defaultScopes: scopes ?? [],
        });
      },
    }),
});
