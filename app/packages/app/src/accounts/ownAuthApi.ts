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

/** What signing in needs of an API. */
export type OwnAuthApi = BackstageIdentityApi & ProfileInfoApi & SessionApi;

/** For a way in that Backstage has no API of its own for. */
export const ownAuthApiRef = createApiRef<OwnAuthApi>().with({ id: 'portal.auth' });

/** OAuth as every provider of Backstage's backend speaks it; no request is made before it is used. */
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
