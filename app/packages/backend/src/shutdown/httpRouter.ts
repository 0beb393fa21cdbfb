import { rootHttpRouterServiceFactory } from '@backstage/backend-defaults/rootHttpRouter';
import { endEventPolls } from './endEventPolls';

/** Backstage's own HTTP server. It does not wait for event polls when it stops. */
export const httpRouter = rootHttpRouterServiceFactory({
  configure({ app, lifecycle, applyDefaults }) {
    app.use(endEventPolls(lifecycle));
    applyDefaults();
  },
});
