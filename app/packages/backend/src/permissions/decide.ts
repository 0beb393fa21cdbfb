/*
 * Decides who may do what. Has no side effects and no runtime imports, so that plain Node can test it.
 *
 * Everyone who is signed in may read, and has the permissions that the plugins' records grant. Administrators have all
 * permissions. Everything else is denied, including permissions of new plugins.
 */

/** Permissions that depend on who owns a resource. The plugin itself applies the condition. */
export interface OwnerPermissions {
  plugin: string;
  resourceType: string;
  rule: string;
  /** The rule's parameter for the entity references of the user and of their groups. */
  parameter: string;
  permissions: string[];
}

/** `portal.permissions` in app-config. */
export interface Rules {
  allowAll: boolean;
  /** Entity references of groups or users. */
  administrators: string[];
  everyone: string[];
  owners: OwnerPermissions[];
}

/** The requested permission, as its plugin declares it. */
export interface Asked {
  name: string;
  attributes: { action?: string };
  resourceType?: string;
}

export type Decision =
  | { result: 'ALLOW' | 'DENY' }
  | {
      result: 'CONDITIONAL';
      pluginId: string;
      resourceType: string;
      conditions: { rule: string; resourceType: string; params: Record<string, string[]> };
    };

/** `person` has the entity references of the user and of their groups. It is undefined if the user is not signed in. */
export function decide(asked: Asked, person: string[] | undefined, rules: Rules): Decision {
  if (!person) return { result: 'DENY' };
  if (rules.allowAll || rules.administrators.some(one => person.includes(one))) return { result: 'ALLOW' };
  const own = rules.owners.find(one => one.permissions.includes(asked.name));
  if (own) return ownedBy(asked, person, own);
  const may = rules.everyone.includes(asked.name) || asked.attributes.action === 'read';
  return { result: may ? 'ALLOW' : 'DENY' };
}

function ownedBy(asked: Asked, person: string[], own: OwnerPermissions): Decision {
  // Backstage accepts a condition only if the permission has the same resource type.
  if (asked.resourceType !== own.resourceType) return { result: 'DENY' };
  const { plugin, resourceType, rule, parameter } = own;
  const conditions = { rule, resourceType, params: { [parameter]: person } };
  return { result: 'CONDITIONAL', pluginId: plugin, resourceType, conditions };
}
