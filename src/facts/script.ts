import { sh } from '../text/shell.ts';

/** Where a look finds things. `root` goes before every absolute path; `''` on a real node. */
export interface LookOptions {
  readonly root?: string;
}

/**
 * The one script that looks at a node: POSIX sh, read-only, no temporary files, loads no module.
 * Every answer is framed: `MARK begin NAME`, the answer, `MARK end NAME EXIT`; last comes `MARK done`.
 * @throws RangeError when the marker is not 32 hex digits.
 */
export function factsScript(marker: string, options: LookOptions = {}): string {
  if (!/^[0-9a-f]{32}$/.test(marker)) throw new RangeError('the marker must be 32 hex digits');
  return `(\nM=${marker}\nR=${sh(options.root ?? '')}\n${BODY}) </dev/null\n`;
}

// Written raw: `\\${` stands for the shell's own `${`.
const BODY = String.raw`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin; export PATH
unset CDPATH; set -f
NL='
'
has() { command -v "$1" >/dev/null 2>&1; }
if has timeout && timeout 1 true 2>/dev/null; then T='timeout 10'; else T=; fi
sec() {
  _n=$1; shift
  printf '%s begin %s\n' "$M" "$_n"
  "$@" 2>/dev/null; _rc=$?
  printf '\n%s end %s %s\n' "$M" "$_n" "$_rc"
}
enc() {
  if has base64; then echo base64; base64 <"$1"; else echo hex; od -An -v -tx1 <"$1"; fi
}

ids() {
  printf 'hostname=%s\nkernel=%s\n' "$(uname -n)" "$(uname -r)"
  for _k in machine-id:/etc/machine-id boot-id:/proc/sys/kernel/random/boot_id uptime:/proc/uptime; do
    _v=; [ -r "$R\${_k#*:}" ] && read -r _v _ <"$R\${_k#*:}"
    printf '%s=%s\n' "\${_k%%:*}" "$_v"
  done
  printf 'now=%s\n' "$(date -u +%s)"
}
os() { cat "$R/etc/os-release" || cat "$R/usr/lib/os-release"; }
disk() {
  for _p in /var/lib /etc; do
    printf '%s ' "$_p"; df -Pk "$R$_p" | tail -n 1
  done
}
tools() {
  for _t in ip ping curl wget perl python3 tcpdump nft wg socat systemctl systemd-run timeout flock base64 sha256sum modprobe ss k3s stat; do
    _p=$(command -v "$_t") && printf '%s=%s\n' "$_t" "$_p"
  done
  has ping && printf 'ping-version=%s\n' "$($T ping -V 2>&1 | head -n 1)"
}
modules() {
  _kr=$(uname -r); _lib="$R/lib/modules/$_kr"
  for _m in wireguard vxlan ip6_udp_tunnel udp_tunnel; do
    _s=absent
    if [ -e "$R/sys/module/$_m/initstate" ]; then _s=loaded
    elif [ -d "$R/sys/module/$_m" ]; then _s=builtin
    elif [ -r "$_lib/modules.builtin" ] && grep -q "/$_m\.ko" "$_lib/modules.builtin"; then _s=builtin
    elif [ -r "$_lib/modules.dep" ] && grep -q "/$_m\.ko[.a-z0-9]*:" "$_lib/modules.dep"; then _s=loadable
    elif [ -z "$R" ] && has modprobe && $T modprobe -n -v "$_m" 2>/dev/null | grep -q '^insmod'; then _s=loadable
    elif kconfig | grep -qi "^CONFIG_$_m=y"; then _s=builtin
    fi
    if [ "$_s" = loadable ] && barred "$_m"; then _s=blacklisted; fi
    printf '%s=%s\n' "$_m" "$_s"
  done
}
kconfig() {
  if [ -r "$R/proc/config.gz" ]; then gzip -dc <"$R/proc/config.gz"
  elif [ -r "$R/boot/config-$_kr" ]; then cat "$R/boot/config-$_kr"
  fi
}
barred() {
  set +f
  cat "$R"/etc/modprobe.d/*.conf "$R"/run/modprobe.d/*.conf "$R"/usr/lib/modprobe.d/*.conf "$R"/lib/modprobe.d/*.conf 2>/dev/null |
    grep -Eq "^[[:space:]]*(blacklist[[:space:]]+$1[[:space:]]*$|install[[:space:]]+$1[[:space:]]+[^[:space:]]*/(false|true))"
  _b=$?; set -f; return $_b
}
# One grep for all: a shell's own read takes single bytes, and /proc/sys gives nothing after the first.
sysctls() (
  cd "$R/proc/sys" || exit 1
  set +f
  grep -s '' net/ipv4/ip_forward net/ipv4/conf/*/rp_filter net/ipv4/conf/*/forwarding /dev/null
  grep -s '' net/ipv6/conf/*/forwarding net/ipv6/conf/*/accept_ra net/ipv6/conf/*/disable_ipv6 /dev/null
  exit 0
)
show() {
  $T systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p FragmentPath -p DropInPaths \
    -p EnvironmentFiles -p Environment -p ExecStart -p MainPID -p NRestarts -p InvocationID -p ActiveEnterTimestampMonotonic \
    -p ExecMainStartTimestampMonotonic -p NeedDaemonReload -p Result "$1" 2>/dev/null
}
say() { printf '%s\n' "$1"; }
unitnames() {
  $T systemctl list-unit-files --no-legend --no-pager 'k3s*' 2>/dev/null
  $T systemctl list-units --all --plain --no-legend --no-pager 'k3s*' 2>/dev/null
}
# Every name once; K3s itself may be k3s, k3s-agent, k3s-node or k3s-NAME. k3s-init is an installer's own.
UNITS=' '
_list=$(unitnames)
IFS=$NL
for _l in $_list; do
  _u=\${_l#"\${_l%%[! ]*}"}; _u=\${_u%% *}
  case $_u in k3s-init.service | *@.service | *@*) continue ;; k3s*.service) ;; *) continue ;; esac
  case $UNITS in *" $_u "*) ;; *) UNITS="$UNITS$_u " ;; esac
done
unset IFS
# The best one: running before enabled before the rest; only units that start a server or an agent.
BEST=; SHOW=; RANK=0
for _u in $UNITS; do
  _s=$(show "$_u")
  case $_s in *' server'* | *' agent'*) _r=1 ;; *) _r=0 ;; esac
  case "$NL$_s$NL" in *"\${NL}UnitFileState=enabled$NL"*) [ $_r = 1 ] && _r=2 ;; esac
  case "$NL$_s$NL" in *"\${NL}ActiveState=active$NL"* | *"\${NL}ActiveState=activating$NL"* | *"\${NL}ActiveState=reloading$NL"*) [ $_r -gt 0 ] && _r=$((_r + 2)) ;; esac
  if [ $_r -gt $RANK ]; then BEST=$_u; SHOW=$_s; RANK=$_r; fi
done

FRAGMENT=; DROPINS=; ENVFILES=; ENVLINE=; ARGV=; PID=0; BIN=
IFS=$NL
for _l in $SHOW; do
  case $_l in
    FragmentPath=*) FRAGMENT=\${_l#*=} ;;
    DropInPaths=*) DROPINS=\${_l#*=} ;;
    EnvironmentFiles=*) _f=\${_l#*=}; ENVFILES="$ENVFILES \${_f%% (*}" ;;
    Environment=*) ENVLINE=\${_l#*=} ;;
    MainPID=*) PID=\${_l#*=} ;;
    ExecStart=*) _f=\${_l#*path=}; BIN=\${_f%% ;*}; _f=\${_l#*argv\[\]=}; ARGV=\${_f%% ; ignore_errors*} ;;
  esac
done
unset IFS
case $PID in '' | *[!0-9]*) PID=0 ;; esac
# systemd's own view of ExecStart is absent from some stand-ins and old versions: the unit file then.
if [ -z "$ARGV" ] && [ -r "$R$FRAGMENT" ] && [ -n "$FRAGMENT" ]; then
  ARGV=$(sed -n '/^ExecStart=/,/[^\\]$/p' "$R$FRAGMENT" | tr -d "\\\\'\"" | tr '\n\t' '  ' | sed 's/^ExecStart=//; s/ExecStart=.*//')
  BIN=\${ARGV%% *}
fi
ROLE=; CFG=/etc/rancher/k3s/config.yaml; DD=; PORT=; _cfgset=; _want=
envof() {
  _val=
  for _w in $ENVLINE; do case $_w in "$1="*) _val=\${_w#*=} ;; esac; done
  for _f in $ENVFILES; do
    [ -r "$R$_f" ] && { _x=$(sed -n "s/^[[:space:]]*$1=//p" "$R$_f" | tail -n 1); [ -n "$_x" ] && _val=$_x; }
  done
  _val=\${_val#[\"\']}; printf '%s' "\${_val%[\"\']}"
}
for _w in $ARGV; do
  case $_want in
    config) [ -z "$_cfgset" ] && CFG=$_w && _cfgset=1; _want=; continue ;;
    data) DD=$_w; _want=; continue ;;
    port) PORT=$_w; _want=; continue ;;
  esac
  case $_w in
    server | agent) [ -z "$ROLE" ] && ROLE=$_w ;;
    --config | -c) _want=config ;;
    --config=* | -c=*) [ -z "$_cfgset" ] && CFG=\${_w#*=} && _cfgset=1 ;;
    --data-dir | -d) _want=data ;;
    --data-dir=* | -d=*) DD=\${_w#*=} ;;
    --https-listen-port) _want=port ;;
    --https-listen-port=*) PORT=\${_w#*=} ;;
  esac
done
_e=$(envof K3S_CONFIG_FILE); [ -n "$_e" ] && CFG=$_e
dropins() {
  set +f
  for _f in "$R$CFG".d/* "$R$CFG".d/.[!.]*; do
    case $_f in *.[yY][aA][mM][lL] | *.[yY][mM][lL]) [ -f "$_f" ] && say "\${_f#"$R"}" ;; esac
  done
  set -f
}
# A scalar of the configuration, later files winning: enough for paths and ports.
fromfiles() {
  { [ -r "$R$CFG" ] && cat "$R$CFG"; dropins | while IFS= read -r _f; do echo; cat "$R$_f"; done; } 2>/dev/null |
    sed -n "s/^[\"']\{0,1\}$1[\"']\{0,1\}:[[:space:]]*//p" | tail -n 1 | tr -d '\r' | sed "s/[[:space:]]#.*//; s/[[:space:]]*$//; s/^[\"']//; s/[\"']$//"
}
[ -n "$DD" ] || DD=$(fromfiles data-dir)
[ -n "$DD" ] || DD=$(envof K3S_DATA_DIR)
[ -n "$DD" ] || DD=/var/lib/rancher/k3s
[ -n "$PORT" ] || PORT=$(fromfiles https-listen-port)
case $PORT in '' | *[!0-9]*) PORT=6443 ;; esac

file() {
  [ -f "$R$1" ] || return 0
  printf '%s begin file %s\n' "$M" "$1"
  stat -L -c '%a %U:%G' "$R$1" 2>/dev/null || echo '? ?'
  if has sha256sum; then _h=$(sha256sum <"$R$1"); echo "\${_h%% *}"; else echo '?'; fi
  enc "$R$1" 2>/dev/null; _rc=$?
  printf '\n%s end file %s\n' "$M" "$_rc"
}
plainfile() { cat "$R$1"; }
paths() { printf 'unit=%s\nrole=%s\nconfig=%s\ndata=%s\nport=%s\nbin=%s\n' "$BEST" "$ROLE" "$CFG" "$DD" "$PORT" "$BIN"; }
blobs() {
  for _f in "$R$DD/agent/server-ca.crt" "$R$DD/agent/client-kubelet.crt" "$R/etc/rancher/node/id"; do
    [ -f "$_f" ] && { printf '= %s\n' "\${_f#"$R"}"; enc "$_f"; }
  done
  return 0
}
storage() {
  [ -d "$R$DD/server/db/etcd/member/wal" ] && echo etcd=1
  [ -f "$R$DD/server/db/state.db" ] && echo sqlite=1
  return 0
}
version() {
  if [ -n "$BIN" ] && [ -x "$R$BIN" ]; then $T "$R$BIN" --version; else has k3s && $T k3s --version; fi
}
process() {
  [ "$PID" -gt 0 ] && printf 'exe=%s\n' "$(readlink "$R/proc/$PID/exe")"
  [ -n "$BIN" ] && [ -e "$R$BIN" ] && printf 'changed=%s\n' "$(stat -L -c %Z "$R$BIN")"
  return 0
}
hostlocal() {
  set +f
  for _f in "$R"/var/lib/cni/networks/cbr0/*; do [ -e "$_f" ] && say "\${_f##*/}"; done
  set -f
}
api() {
  has curl || return 1
  _a="$R$DD/agent"
  $T curl -s --connect-timeout 3 -m 9 --cacert "$_a/server-ca.crt" --cert "$_a/client-kubelet.crt" --key "$_a/client-kubelet.key" "https://127.0.0.1:$PORT$1"
}
kctl() { if [ -n "$BIN" ] && [ -x "$R$BIN" ]; then $T "$R$BIN" kubectl "$@"; else $T k3s kubectl "$@"; fi; }
# The answer also holds a pre-shared key: only this one value leaves the node.
served() { api /v1-k3s/config | sed -n 's/.*"FlannelBackend":[[:space:]]*"\([^"]*\)".*/\1/p'; }
# Image lists are most of a node object and tell nothing here.
nodes() {
  _o=$(kctl get nodes -o json 2>/dev/null) || return 1
  say "$_o" | sed '/^                "images": \[$/,/^                \],\{0,1\}$/d'
}
dbinfo() { api /db/info; }
etcdhealth() { has curl && $T curl -s --connect-timeout 3 -m 9 http://127.0.0.1:2381/health; }
readyz() { _o=$(api /readyz) && [ -n "$_o" ] && { say "$_o"; return 0; }; kctl get --raw /readyz; }

sec ids ids
sec os os
sec disk disk
sec tools tools
sec modules modules
sec link ip -j -d link
sec addr ip -j addr
sec route4 ip -4 -j route show table all
sec route6 ip -6 -j route show table all
sec rule4 ip -4 -j rule
sec rule6 ip -6 -j rule
sec sysctls sysctls
sec udp ss -lunpH
sec paths paths
sec unit say "$SHOW"
if [ -n "$BEST" ]; then
  _list=$(dropins)
  IFS=$NL
  for _p in "$CFG" $_list; do unset IFS; file "$_p"; done
  unset IFS
  for _p in $FRAGMENT $DROPINS $ENVFILES; do file "$_p"; done
  sec blobs blobs
  sec storage storage
  sec version version
  sec process process
  sec netconf plainfile "$DD/agent/etc/flannel/net-conf.json"
  sec subnetenv plainfile /run/flannel/subnet.env
  sec hostlocal hostlocal
fi
if [ "$ROLE" = server ]; then
  sec served served
  sec nodes nodes
  sec dbinfo dbinfo
  sec etcdhealth etcdhealth
  sec readyz readyz
fi
sec reweave plainfile /var/lib/reweave/state
printf '%s done\n' "$M"
`.replaceAll('\\${', '${');
