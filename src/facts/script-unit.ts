import { posix } from './posix.ts';

/** Finds K3s' unit, and from it which configuration, data directory and port are in use. */
export const UNIT = posix`
show() {
  $T systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p FragmentPath -p DropInPaths \
    -p EnvironmentFiles -p Environment -p ExecStart -p MainPID -p NRestarts -p InvocationID -p ActiveEnterTimestampMonotonic \
    -p ExecMainStartTimestampMonotonic -p NeedDaemonReload -p Result "$1" 2>/dev/null
}
unitnames() {
  $T systemctl list-unit-files --no-legend --no-pager 'k3s*' 2>/dev/null
  $T systemctl list-units --all --plain --no-legend --no-pager 'k3s*' 2>/dev/null
}
# Every name once; K3s itself may be k3s, k3s-agent, k3s-node or k3s-NAME. k3s-init is an installer's own.
UNITS=' '
_list=$(unitnames)
IFS=$NL
for _l in $_list; do
  _u=$\{_l#"$\{_l%%[! ]*}"}; _u=$\{_u%% *}
  case $_u in k3s-init.service | *@.service | *@*) continue ;; k3s*.service) ;; *) continue ;; esac
  case $UNITS in *" $_u "*) ;; *) UNITS="$UNITS$_u " ;; esac
done
unset IFS
# The best one: running before enabled before the rest; only units that start a server or an agent.
BEST=; SHOW=; RANK=0
for _u in $UNITS; do
  _s=$(show "$_u")
  case $_s in *' server'* | *' agent'*) _r=1 ;; *) _r=0 ;; esac
  case "$NL$_s$NL" in *"$\{NL}UnitFileState=enabled$NL"*) [ $_r = 1 ] && _r=2 ;; esac
  case "$NL$_s$NL" in *"$\{NL}ActiveState=active$NL"* | *"$\{NL}ActiveState=activating$NL"* | *"$\{NL}ActiveState=reloading$NL"*) [ $_r -gt 0 ] && _r=$((_r + 2)) ;; esac
  if [ $_r -gt $RANK ]; then BEST=$_u; SHOW=$_s; RANK=$_r; fi
done

FRAGMENT=; DROPINS=; ENVFILES=; ENVLINE=; ARGV=; PID=0; BIN=
IFS=$NL
for _l in $SHOW; do
  case $_l in
    FragmentPath=*) FRAGMENT=$\{_l#*=} ;;
    DropInPaths=*) DROPINS=$\{_l#*=} ;;
    EnvironmentFiles=*) _f=$\{_l#*=}; ENVFILES="$ENVFILES $\{_f%% (*}" ;;
    Environment=*) ENVLINE=$\{_l#*=} ;;
    MainPID=*) PID=$\{_l#*=} ;;
    ExecStart=*) _f=$\{_l#*path=}; BIN=$\{_f%% ;*}; _f=$\{_l#*argv\[\]=}; ARGV=$\{_f%% ; ignore_errors*} ;;
  esac
done
unset IFS
case $PID in '' | *[!0-9]*) PID=0 ;; esac
# systemd's own view of ExecStart is absent from some stand-ins and old versions: the unit file then.
if [ -z "$ARGV" ] && [ -r "$R$FRAGMENT" ] && [ -n "$FRAGMENT" ]; then
  ARGV=$(sed -n '/^ExecStart=/,/[^\\]$/p' "$R$FRAGMENT" | tr -d "\\\\'\"" | tr '\n\t' '  ' | sed 's/^ExecStart=//; s/ExecStart=.*//')
  BIN=$\{ARGV%% *}
fi
ROLE=; CFG=/etc/rancher/k3s/config.yaml; DD=; PORT=; _cfgset=; _want=
envof() {
  _val=
  for _w in $ENVLINE; do case $_w in "$1="*) _val=$\{_w#*=} ;; esac; done
  for _f in $ENVFILES; do
    [ -r "$R$_f" ] && { _x=$(sed -n "s/^[[:space:]]*$1=//p" "$R$_f" | tail -n 1); [ -n "$_x" ] && _val=$_x; }
  done
  _val=$\{_val#[\"\']}; printf '%s' "$\{_val%[\"\']}"
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
    --config=* | -c=*) [ -z "$_cfgset" ] && CFG=$\{_w#*=} && _cfgset=1 ;;
    --data-dir | -d) _want=data ;;
    --data-dir=* | -d=*) DD=$\{_w#*=} ;;
    --https-listen-port) _want=port ;;
    --https-listen-port=*) PORT=$\{_w#*=} ;;
  esac
done
_e=$(envof K3S_CONFIG_FILE); [ -n "$_e" ] && CFG=$_e
dropins() {
  set +f
  for _f in "$R$CFG".d/* "$R$CFG".d/.[!.]*; do
    case $_f in *.[yY][aA][mM][lL] | *.[yY][mM][lL]) [ -f "$_f" ] && say "$\{_f#"$R"}" ;; esac
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
`;
