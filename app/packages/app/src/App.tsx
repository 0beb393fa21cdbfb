import { createApp } from '@backstage/frontend-defaults';
import { accountsModule } from './accounts';
import { connectionsPlugin } from './connections';
import { homeModule } from './home';
import { navigationModule } from './navigation';

// Every plugin is found by discovery (`app.packages` in app-config): only what is ours is listed here.
export const app = createApp({
  features: [accountsModule, connectionsPlugin, homeModule, navigationModule],
});
