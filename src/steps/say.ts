import type { Action, RouteSpec, RuleSpec } from '../model/action.ts';

function route(r: RouteSpec): string {
  const via = r.gateway ? ` via ${r.gateway}` : '';
  const dev = r.dev ? ` dev ${r.dev}` : '';
  return `${r.type === 'throw' ? 'throw ' : ''}${r.dst}${via}${dev} in table ${r.table}`;
}

function rule(r: RuleSpec): string {
  const what = r.to ? `to ${r.to}` : `from ${r.from ?? 'all'}`;
  return `rule ${r.pref}: ${what} looks into table ${r.table}`;
}

/** An action in words, the same in the plan, the run and the report. */
export function say(action: Action): string {
  switch (action.kind) {
    case 'file.splice':
      return `edit ${action.path}`;
    case 'file.write':
      return `write ${action.path}`;
    case 'file.remove':
      return `remove ${action.path}`;
    case 'systemd.reload':
      return 'let systemd read its units again';
    case 'module.load':
      return `load kernel module ${action.name}`;
    case 'module.unload':
      return `unload kernel module ${action.name}`;
    case 'route.add':
      return `add route ${route(action.route)}`;
    case 'route.del':
      return `delete route ${route(action.route)}`;
    case 'rule.add':
      return `add ${rule(action.rule)}`;
    case 'rule.del':
      return `delete ${rule(action.rule)}`;
    case 'sysctl.set':
    case 'sysctl.if_present':
      return `set ${action.key.replaceAll('/', '.')} to ${action.value} (was ${action.before})`;
    case 'link.del':
      return `delete link ${action.name} (${action.linkKind})`;
    case 'k3s.restart':
      return `restart ${action.unit}`;
    case 'endpoint.add':
      return `reserve probe address ${action.address} on ${action.dev}`;
    case 'endpoint.del':
      return `give probe address ${action.address} back`;
  }
}
