import { createFrontendModule } from '@backstage/frontend-plugin-api';
import { HomePageWidgetBlueprint } from '@backstage/plugin-home-react/alpha';

const startHere = HomePageWidgetBlueprint.make({
  name: 'start-here',
  params: {
    name: 'StartHere',
    title: 'Start here',
    description: 'Where to find software, documentation and workflows',
    components: () => import('./StartHere').then(m => ({ Content: m.StartHere })),
  },
});

export const homeModule = createFrontendModule({
  pluginId: 'home',
  extensions: [startHere],
});
