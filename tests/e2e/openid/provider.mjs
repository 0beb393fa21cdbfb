// A real OpenID provider with one client and one account: https://github.com/panva/node-oidc-provider.
// Its own development pages ask for a login and for consent, as a company's provider would.
import Provider from 'oidc-provider';

const { ISSUER: issuer, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, REDIRECT_URI: redirectUri } = process.env;
const { hostname, port } = new URL(issuer);

// Whoever logs in has the address that the login names: the catalog knows some of them and not others.
const findAccount = async (_, login) => ({
  accountId: login,
  claims: async () => ({ sub: login, name: login, email: `${login}@acme.example`, email_verified: true }),
});

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ],
  // As most companies' providers do: without a refresh token people would be signed out by each reload.
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['of the tests'] },
  pkce: { required: () => false },
  findAccount,
});
provider.on('authorization.error', (_, error) => console.log('refused', error.error_description ?? error.message));
provider.on('grant.error', (_, error) => console.log('refused', error.error_description ?? error.message));
provider.on('grant.success', () => console.log('granted'));
provider.listen(Number(port), hostname, () => console.log('ready'));
