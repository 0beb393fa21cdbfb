import { ProxiedSignInPage, SignInPage } from '@backstage/core-components';
import { configApiRef, createApiRef, useApi } from '@backstage/frontend-plugin-api';
import { SignInPageProps } from '@backstage/plugin-app-react';
import { OwnAuthApi, ownAuthApiRef } from './ownAuthApi';
import { accountSources, chosenProvider, hostOf } from './records';

/**
 * The sign-in page. It has one card, for the sign-in provider of the stack (`portal:signIn`). Whom the load balancer has
 * signed in sees none of it.
 */
export const PortalSignIn = (props: SignInPageProps) => {
  const config = useApi(configApiRef);
  const provider = chosenProvider(config);
  if (provider.anyone) {
    return <SignInPage {...props} providers={['guest']} />;
  }
  if (provider.proxied) {
    return <ProxiedSignInPage {...props} provider={provider.id} />;
  }
  const source = accountSources.find(one => one.id === provider.source);
  const card = {
    id: provider.id,
    title: provider.title,
    message: `Sign in with your account at ${source ? hostOf(source, config) : provider.title}`,
    apiRef: provider.api ? createApiRef<OwnAuthApi>().with({ id: provider.api }) : ownAuthApiRef,
  };
  return <SignInPage {...props} providers={[card]} />;
};
