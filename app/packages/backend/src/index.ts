import { createBackend, discoveryFeatureLoader } from '@backstage/backend-defaults';

// Every backend plugin is found by discovery (`backend.packages` in app-config).
const backend = createBackend();
backend.add(discoveryFeatureLoader);
backend.start();
