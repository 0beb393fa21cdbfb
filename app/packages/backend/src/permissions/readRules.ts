import type { RootConfigService } from '@backstage/backend-plugin-api';
import type { Rules } from './decide';

/** The rules in app-config. Without rules, everyone who is signed in may only read. */
export function readRules(config: RootConfigService): Rules {
  const given = config.getOptionalConfig('portal.permissions');
  return {
    allowAll: given?.getOptionalBoolean('allowAll') ?? false,
    administrators: given?.getOptionalStringArray('administrators') ?? [],
    everyone: given?.getOptionalStringArray('everyone') ?? [],
    owners: (given?.getOptionalConfigArray('owners') ?? []).map(one => ({
      plugin: one.getString('plugin'),
      resourceType: one.getString('resourceType'),
      rule: one.getString('rule'),
      parameter: one.getString('parameter'),
      permissions: one.getStringArray('permissions'),
    })),
  };
}
