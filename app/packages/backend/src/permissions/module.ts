import { coreServices, createBackendModule } from '@backstage/backend-plugin-api';
import type { PolicyDecision } from '@backstage/plugin-permission-common';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';
import { decide } from './decide';
import { readRules } from './readRules';

/** The permission policy of every portal. Backstage takes exactly one. */
export const portalPolicy = createBackendModule({
  pluginId: 'permission',
  moduleId: 'portal-policy',
  register(registry) {
    registry.registerInit({
      deps: { policy: policyExtensionPoint, config: coreServices.rootConfig },
      async init({ policy, config }) {
        const rules = readRules(config);
        policy.setPolicy({
          // The results of `decide` are the values of Backstage's enum `AuthorizeResult`.
          handle: async ({ permission }, user) =>
            decide(permission, user?.info.ownershipEntityRefs, rules) as PolicyDecision,
        });
      },
    });
  },
});
