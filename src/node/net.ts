import type { LinkDel, RouteAdd, RouteDel, RouteSpec, RuleAdd, RuleDel } from '../model/action.ts';
import { sh } from '../text/shell.ts';
import { posix } from './posix.ts';

/**
 * Routes, rules and links. A route is the wanted one when destination, metric, gateway, device and
 * type agree; for a deletion also the protocol, which the kernel compares (names differ by host).
 * `ip rule show` ignores `protocol` as a filter (iproute2 6.1), so that one is compared here.
 */
export const NET_LIB = posix`
# FAMILY TABLE DST GATEWAY DEV METRIC TYPE [PROTO] -> match, other or none
rw_route_look() (
  rw_got=$(ip "-$1" route show table "$2" exact "$3" $\{8:+proto "$8"} 2>&1) || case $rw_got in
    *'FIB table does not exist'*) rw_got= ;;
    *) rw_stop 73 "cannot read routes: $rw_got" ;;
  esac
  printf '%s\n' "$rw_got" | awk -v fam="$1" -v gw="$4" -v dev="$5" -v metric="$6" -v type="$7" '
    BEGIN { normal = fam == 6 ? 1024 : 0; if (metric == "") metric = normal; if (type == "") type = "unicast"; found = "none" }
    NF == 0 || $1 == "nexthop" { next }
    {
      t = "unicast"; g = ""; d = ""; m = normal
      if ($1 ~ /^(throw|unreachable|blackhole|prohibit|local|broadcast|multicast|anycast)$/) t = $1
      for (i = 2; i <= NF; i++) {
        if ($i == "via") { g = $(i + 1); if (g == "inet6") g = $(i + 2) }
        if ($i == "dev") d = $(i + 1)
        if ($i == "metric") m = $(i + 1)
      }
      if (m != metric) next
      if (t == type && (t != "unicast" || (g == gw && (dev == "" || d == dev)))) found = "match"
      else if (found == "none") found = "other"
    }
    END { print found }'
)
rw_route_add() (
  rw_seen=$(rw_route_look "$1" "$2" "$3" "$4" "$5" "$6" "$7") || exit
  case $rw_seen in
    match) echo same; exit 0 ;;
    other) rw_stop 65 "table $2 has another route to $3" ;;
  esac
  rw_dst=$3 rw_table=$2
  rw_family=$1
  shift 8
  rw_got=$(ip "-$rw_family" route add "$@" 2>&1) || rw_stop 73 "cannot add the route to $rw_dst in table $rw_table: $rw_got"
  echo done
)
rw_route_del() (
  rw_seen=$(rw_route_look "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8") || exit
  [ "$rw_seen" = match ] || { echo same; exit 0; }
  rw_dst=$3 rw_table=$2
  rw_family=$1
  shift 8
  rw_got=$(ip "-$rw_family" route del "$@" 2>&1) || rw_stop 73 "cannot delete the route to $rw_dst in table $rw_table: $rw_got"
  echo done
)
# FAMILY PREF TABLE FROM TO PROTO -> match, other or none; other: a rule of somebody else is there
rw_rule_look() (
  rw_some=$(ip -N "-$1" rule show pref "$2" 2>&1) || rw_stop 73 "cannot read rules: $rw_some"
  rw_same=$(ip -N "-$1" rule show pref "$2" $\{4:+from "$4"} $\{5:+to "$5"} table "$3" 2>&1) ||
    case $rw_same in *'table'*) rw_same= ;; *) rw_stop 73 "cannot read rules: $rw_same" ;; esac
  if printf '%s\n' "$rw_same" | awk -v from="$4" -v to="$5" -v proto="$6" '
    NF == 7 + (to == "" ? 0 : 2) && $2 == "from" && (from != "" || $3 == "all") && $(NF - 1) == "proto" && $NF == proto { hit = 1 }
    END { exit !hit }'; then echo match
  elif printf '%s\n' "$rw_some" | awk -v proto="$6" 'NF && $NF != proto { hit = 1 } END { exit !hit }'; then echo other
  else echo none; fi
)
rw_rule_add() (
  rw_seen=$(rw_rule_look "$1" "$2" "$3" "$4" "$5" "$6") || exit
  case $rw_seen in
    match) echo same; exit 0 ;;
    other) rw_stop 65 "somebody else has a rule at preference $2" ;;
  esac
  rw_pref=$2
  rw_family=$1
  shift 6
  rw_got=$(ip "-$rw_family" rule add "$@" 2>&1) || rw_stop 73 "cannot add the rule at preference $rw_pref: $rw_got"
  echo done
)
rw_rule_del() (
  rw_seen=$(rw_rule_look "$1" "$2" "$3" "$4" "$5" "$6") || exit
  [ "$rw_seen" = match ] || { echo same; exit 0; }
  rw_pref=$2
  rw_family=$1
  shift 6
  rw_got=$(ip "-$rw_family" rule del "$@" 2>&1) || rw_stop 73 "cannot delete the rule at preference $rw_pref: $rw_got"
  echo done
)
rw_link_del() (
  [ -n "$(ip -o link show dev "$1" 2>/dev/null)" ] || { echo same; exit 0; }
  [ -n "$(ip -o link show dev "$1" type "$2" 2>/dev/null)" ] || rw_stop 65 "link $1 is not of kind $2"
  rw_got=$(ip link del dev "$1" 2>&1) || rw_stop 73 "cannot delete link $1: $rw_got"
  echo done
)
`;

function routeArgs(route: RouteSpec, verb: 'add' | 'del'): string {
  const words: string[] = route.type === undefined ? [] : [route.type];
  words.push(route.dst);
  if (route.gateway !== undefined) words.push('via', route.gateway);
  if (route.dev !== undefined && route.type === undefined) words.push('dev', route.dev);
  if (verb === 'add' && route.onlink === true) words.push('onlink');
  words.push('table', route.table);
  if (route.proto !== undefined) words.push('proto', route.proto);
  if (route.metric !== undefined) words.push('metric', String(route.metric));
  if (verb === 'add' && route.scope !== undefined) words.push('scope', route.scope);
  if (verb === 'add' && route.src !== undefined) words.push('src', route.src);
  return words.map(sh).join(' ');
}

export function routeCall(action: RouteAdd | RouteDel): string {
  const r = action.route;
  const metric = r.metric === undefined ? '' : String(r.metric);
  const look = [r.table, r.dst, r.gateway ?? '', r.dev ?? '', metric, r.type ?? '', r.proto ?? ''];
  const [name, verb] =
    action.kind === 'route.add'
      ? (['rw_route_add', 'add'] as const)
      : (['rw_route_del', 'del'] as const);
  return `${name} ${r.family} ${look.map(sh).join(' ')} ${routeArgs(r, verb)}`;
}

export function ruleCall(action: RuleAdd | RuleDel): string {
  const r = action.rule;
  const look = [String(r.pref), r.table, r.from ?? '', r.to ?? '', r.proto];
  const words = ['pref', String(r.pref)];
  if (r.from !== undefined) words.push('from', r.from);
  if (r.to !== undefined) words.push('to', r.to);
  words.push('lookup', r.table, 'protocol', r.proto);
  const name = action.kind === 'rule.add' ? 'rw_rule_add' : 'rw_rule_del';
  return `${name} ${r.family} ${look.map(sh).join(' ')} ${words.map(sh).join(' ')}`;
}

export function linkCall(action: LinkDel): string {
  return `rw_link_del ${sh(action.name)} ${sh(action.linkKind)}`;
}
