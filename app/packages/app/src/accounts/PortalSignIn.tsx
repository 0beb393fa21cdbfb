import { SignInPage } from '@backstage/core-components';
import { configApiRef, githubAuthApiRef, useApi } from '@backstage/frontend-plugin-api';
import { SignInPageProps } from '@backstage/plugin-app-react';
import { githubHost } from './githubHost';

/** One card: the way in that the stack chose (`portal:signIn`). */
export const PortalSignIn = (props: SignInPageProps) => {
  const config = useApi(configApiRef);
  if (config.getOptionalString('portal.signIn') !== 'github') {
    return <SignInPage {...props} providers={['guest']} />;
  }
  const github = {
    id: 'github',
    title: 'GitHub',
    message: `Sign in with your account at ${githubHost(config)}`,
    apiRef: githubAuthApiRef,
  };
  return <SignInPage {...props} providers={[github]} />;
};
