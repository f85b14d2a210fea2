import type {
  DaemonReload,
  EndpointAdd,
  EndpointDel,
  K3sRestart,
  ModuleLoad,
  ModuleUnload,
  SysctlIfPresent,
  SysctlSet,
} from '../model/action.ts';
import { sh } from '../text/shell.ts';
import { posix } from './posix.ts';

/** Modules, sysctls, units and probe addresses. */
export const SYSTEM_LIB = posix`
rw_module_there() {
  rw_module=$(printf '%s' "$1" | tr - _)
  [ -d "$rw_root/sys/module/$rw_module" ] || grep -q "^$rw_module " "$rw_root/proc/modules" 2>/dev/null
}
rw_module_load() (
  ! rw_module_there "$1" || { echo same; exit 0; }
  rw_got=$(modprobe -- "$1" 2>&1) || rw_stop 73 "cannot load module $1: $rw_got"
  echo done
)
rw_module_unload() (
  rw_module_there "$1" || { echo same; exit 0; }
  rw_got=$(modprobe -r -- "$1" 2>&1) || rw_stop 73 "cannot unload module $1: $rw_got"
  echo done
)
# KEY VALUE BEFORE MISSING-IS-FINE
rw_sysctl() (
  rw_file=$rw_root/proc/sys/$1
  if [ ! -e "$rw_file" ]; then
    [ "$4" = 1 ] || rw_stop 65 "sysctl $1 is not there"
    echo same
    exit 0
  fi
  rw_now=$(tr '\t' ' ' <"$rw_file") || rw_stop 73 "cannot read sysctl $1"
  [ "$rw_now" != "$2" ] || { echo same; exit 0; }
  [ "$rw_now" = "$3" ] || rw_stop 65 "sysctl $1 is $rw_now, expected $3"
  printf '%s\n' "$2" 2>/dev/null >"$rw_file" || rw_stop 73 "cannot set sysctl $1 to $2"
  [ "$(tr '\t' ' ' <"$rw_file")" = "$2" ] || rw_stop 73 "sysctl $1 did not take $2"
  echo done
)
rw_reload() (
  rw_got=$(systemctl daemon-reload 2>&1) || rw_stop 73 "systemctl daemon-reload: $rw_got"
  echo done
)
rw_unit() { systemctl show -p "$2" "$1" | sed 's/^[^=]*=//'; }
# A step restarts once: its record has the invocation before, and another one now means it happened.
rw_restart() (
  rw_before=$(rw_unit "$1" InvocationID) || rw_stop 73 "cannot read unit $1"
  rw_record=$\{rw_step_key:+$rw_dir/restart.$rw_step_key}
  if [ -n "$rw_record" ] && [ -s "$rw_record" ] && [ "$(cat "$rw_record")" != "$rw_before" ]; then
    echo same
    exit 0
  fi
  [ -z "$rw_record" ] || printf '%s\n' "$\{rw_before:-none}" | rw_put "$rw_record" 600 '' || exit
  printf 'before NRestarts=%s InvocationID=%s\n' "$(rw_unit "$1" NRestarts)" "$rw_before"
  rw_got=$(systemctl restart --no-block "$1" 2>&1) || rw_stop 73 "cannot restart $1: $rw_got"
  echo done
)
rw_there() { [ -n "$(ip -o addr show dev "$2" to "$1" 2>/dev/null)" ]; }
# ADDRESS PREFIX DEV STORE; host-local makes its own files with O_EXCL too.
rw_endpoint_add() (
  rw_file=$rw_root$4/$1
  rw_mkdir "$rw_root$4" || exit
  rw_made=0
  if [ -e "$rw_file" ]; then
    [ "$(cat "$rw_file")" = reweave ] || rw_stop 65 "address $1 belongs to a pod"
  else
    (set -C; printf reweave >"$rw_file") 2>/dev/null || rw_stop 65 "address $1 was just taken or cannot be reserved"
    rw_made=1
    rw_sync "$rw_file"
  fi
  if rw_there "$1/$2" "$3"; then
    [ "$rw_made" = 0 ] || { rm -f "$rw_file"; rw_stop 65 "address $1 is on $3 already and is not ours"; }
    echo same
    exit 0
  fi
  case $2 in 128) set -- "$@" nodad ;; esac
  rw_got=$(ip addr add "$1/$2" dev "$3" $\{5:+"$5"} 2>&1) || {
    [ "$rw_made" = 0 ] || { rm -f "$rw_file"; rw_rmdir "$rw_root$4"; }
    rw_stop 73 "cannot add $1 to $3: $rw_got"
  }
  echo done
)
rw_endpoint_del() (
  rw_file=$rw_root$4/$1
  rw_ours=0
  [ ! -e "$rw_file" ] || [ "$(cat "$rw_file")" != reweave ] || rw_ours=1
  if [ "$rw_ours" = 0 ]; then
    rw_rmdir "$rw_root$4"
    echo same
    exit 0
  fi
  if rw_there "$1/$2" "$3"; then
    rw_got=$(ip addr del "$1/$2" dev "$3" 2>&1) || rw_stop 73 "cannot remove $1 from $3: $rw_got"
  fi
  rm -f "$rw_file" || rw_stop 73 "cannot give $1 back to host-local"
  rw_rmdir "$rw_root$4"
  echo done
)
`;

type SystemAction =
  | DaemonReload
  | ModuleLoad
  | ModuleUnload
  | SysctlSet
  | SysctlIfPresent
  | K3sRestart
  | EndpointAdd
  | EndpointDel;

export function systemCall(action: SystemAction): string {
  switch (action.kind) {
    case 'systemd.reload':
      return 'rw_reload';
    case 'module.load':
      return `rw_module_load ${sh(action.name)}`;
    case 'module.unload':
      return `rw_module_unload ${sh(action.name)}`;
    case 'sysctl.set':
    case 'sysctl.if_present': {
      const words = [action.key, action.value, action.before].map(sh).join(' ');
      return `rw_sysctl ${words} ${action.kind === 'sysctl.set' ? 0 : 1}`;
    }
    case 'k3s.restart':
      return `rw_restart ${sh(action.unit)}`;
    case 'endpoint.add':
    case 'endpoint.del': {
      const address = action.address.replace(/\/.*/, '');
      const prefix = address.includes(':') ? 128 : 32;
      const name = action.kind === 'endpoint.add' ? 'rw_endpoint_add' : 'rw_endpoint_del';
      return `${name} ${sh(address)} ${prefix} ${sh(action.dev)} ${sh(action.store)}`;
    }
  }
}
