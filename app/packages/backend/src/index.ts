import { createBackend, discoveryFeatureLoader } from '@backstage/backend-defaults';
import { portalPolicy } from './permissions/module';

// Every other backend plugin is found by discovery (`backend.packages` in app-config).
const backend = createBackend();
backend.add(discoveryFeatureLoader);
backend.add(portalPolicy);
backend.start();
