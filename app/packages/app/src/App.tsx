import { createApp } from '@backstage/frontend-defaults';
import { accountsModule } from './accounts';
import { connectionsPlugin } from './connections';
import { homeModule } from './home';
import { navigationModule } from './navigation';

// Feature discovery finds all plugins (`app.packages` in app-config). Only this app's own features are listed here.
export const app = createApp({
  features: [accountsModule, connectionsPlugin, homeModule, navigationModule],
});
