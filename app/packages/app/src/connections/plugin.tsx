import { createFrontendPlugin, PageBlueprint } from '@backstage/frontend-plugin-api';
import { EntityCardBlueprint } from '@backstage/plugin-catalog-react/alpha';
import PowerIcon from '@material-ui/icons/Power';
import { connectionsRouteRef } from './routes';

// Both extensions are off by default. App-config enables them (`app.extensions`) if any plugin is not connected.
const page = PageBlueprint.make({
  disabled: true,
  params: {
    path: '/connections',
    title: 'Connections',
    icon: <PowerIcon fontSize="inherit" />,
    routeRef: connectionsRouteRef,
    loader: () => import('./ConnectionsPage').then(m => <m.ConnectionsPage />),
  },
});

const card = EntityCardBlueprint.make({
  name: 'waiting',
  disabled: true,
  params: {
    filter: { kind: 'Component' },
    type: 'info',
    loader: () => import('./ConnectionsCard').then(m => <m.ConnectionsCard />),
  },
});

export const connectionsPlugin = createFrontendPlugin({
  pluginId: 'connections',
  title: 'Connections',
  extensions: [page, card],
  routes: { root: connectionsRouteRef },
});
