/*
 * Who may do what. Pure, and without an import that runs, so that a plain Node can test it.
 *
 * Everybody who is signed in may read, and has the permissions that the plugins' records grant. Administrators have every
 * permission. What nobody named is denied: a new plugin's permissions too.
 */

/** Permissions that depend on who owns the thing: a condition that the plugin itself applies. */
export interface OwnerPermissions {
  plugin: string;
  resourceType: string;
  rule: string;
  /** The rule's parameter that takes the references of the person and of their groups. */
  parameter: string;
  permissions: string[];
}

/** `portal.permissions` in app-config. */
export interface Rules {
  allowAll: boolean;
  /** References of groups, or of users. */
  administrators: string[];
  everyone: string[];
  owners: OwnerPermissions[];
}

/** The permission that somebody asks for, as plugins declare it. */
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

/** `person` are the references of who asks and of their groups; undefined for somebody who is not signed in. */
export function decide(asked: Asked, person: string[] | undefined, rules: Rules): Decision {
  if (!person) return { result: 'DENY' };
  if (rules.allowAll || rules.administrators.some(one => person.includes(one))) return { result: 'ALLOW' };
  const own = rules.owners.find(one => one.permissions.includes(asked.name));
  if (own) return ownedBy(asked, person, own);
  const may = rules.everyone.includes(asked.name) || asked.attributes.action === 'read';
  return { result: may ? 'ALLOW' : 'DENY' };
}

function ownedBy(asked: Asked, person: string[], own: OwnerPermissions): Decision {
  // Backstage takes a condition only for a permission of a resource of the same type.
  if (asked.resourceType !== own.resourceType) return { result: 'DENY' };
  const { plugin, resourceType, rule, parameter } = own;
  const conditions = { rule, resourceType, params: { [parameter]: person } };
  return { result: 'CONDITIONAL', pluginId: plugin, resourceType, conditions };
}
