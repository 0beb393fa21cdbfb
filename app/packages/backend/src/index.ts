import { createBackend, discoveryFeatureLoader } from '@backstage/backend-defaults';
import { portalPolicy } from './permissions/module';
import { httpRouter } from './shutdown/httpRouter';

// Feature discovery finds all other backend plugins (`backend.packages` in app-config).
const backend = createBackend();
backend.add(discoveryFeatureLoader);
backend.add(httpRouter);
backend.add(portalPolicy);
backend.start();
