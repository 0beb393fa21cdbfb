import { ApiBlueprint, configApiRef, createFrontendModule, githubAuthApiRef } from '@backstage/frontend-plugin-api';
import { ScmAuth, scmAuthApiRef } from '@backstage/integration-react';
import { SignInPageBlueprint } from '@backstage/plugin-app-react';
import { githubHost } from './githubHost';

// In place of the page that offers guests only.
const signInPage = SignInPageBlueprint.make({
  params: { loader: () => import('./PortalSignIn').then(m => m.PortalSignIn) },
});

// In place of the one that knows github.com only. Linked accounts are those of one GitHub: its tokens go nowhere else.
const scmAuth = ApiBlueprint.make({
  name: 'scm-auth',
  params: defineParams =>
    defineParams({
      api: scmAuthApiRef,
      deps: { config: configApiRef, github: githubAuthApiRef },
      factory: ({ config, github }) => ScmAuth.merge(ScmAuth.forGithub(github, { host: githubHost(config) })),
    }),
});

export const accountsModule = createFrontendModule({ pluginId: 'app', extensions: [signInPage, scmAuth] });
