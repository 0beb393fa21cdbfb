import { createBackend, discoveryFeatureLoader } from '@backstage/backend-defaults';
import { portalPolicy } from './permissions/module';

// Feature discovery finds all other backend plugins (`backend.packages` in app-config).
const backend = createBackend();
backend.add(discoveryFeatureLoader);
backend.add(portalPolicy);
backend.start();
