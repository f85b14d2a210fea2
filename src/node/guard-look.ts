import { posix } from './posix.ts';

/** What a guard looks at: servers, its own K3s, its routes. Nothing here changes anything. */
export const GUARD_LOOK = posix`
guard_ca() {
  for rw_ca in "$rw_data/agent/server-ca.crt" "$rw_data/server/tls/server-ca.crt"; do
    [ ! -r "$rw_ca" ] || { printf '%s' "$rw_ca"; return; }
  done
}
guard_url() { case $1 in *:*) printf 'https://[%s]:6443/%s' "$1" "$2" ;; *) printf 'https://%s:6443/%s' "$1" "$2" ;; esac; }
# "NODE VALUE" for each server, asked all at once: the backend it serves, or ?
guard_served() {
  for rw_server in $rw_servers; do
    (
      rw_value=$(curl -s -m 3 --cacert "$(guard_ca)" --cert "$rw_data/agent/client-kubelet.crt" \
        --key "$rw_data/agent/client-kubelet.key" "$(guard_url "$\{rw_server#*=}" v1-k3s/config)" 2>/dev/null |
        tr -d '\n' | sed -n 's/.*"FlannelBackend"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p')
      printf '%s %s\n' "$\{rw_server%%=*}" "$\{rw_value:-?}"
    ) 9<&- &
  done
  wait
}
# Names of the other servers that do not answer.
guard_silent() {
  for rw_server in $rw_servers; do
    [ "$\{rw_server%%=*}" != "$rw_node" ] || continue
    (
      [ "$(curl -s -m 3 --cacert "$(guard_ca)" "$(guard_url "$\{rw_server#*=}" ping)" 2>/dev/null)" = pong ] ||
        printf '%s ' "$\{rw_server%%=*}"
    ) 9<&- &
  done
  wait
}
guard_all_serve() { printf '%s\n' "$rw_seen" | awk -v want="$1" 'NF && $2 != want { bad = 1 } NF { n++ } END { exit !(n && !bad) }'; }
guard_any_serves() { printf '%s\n' "$rw_seen" | awk -v want="$1" 'NF && $2 == want { hit = 1 } END { exit !hit }'; }
guard_type() {
  tr -d '\n' <"$rw_data/agent/etc/flannel/net-conf.json" 2>/dev/null |
    sed -n 's/.*"Type"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p'
}
guard_prop() { printf '%s\n' "$rw_show" | sed -n "s/^$1=//p"; }
guard_show() { rw_show=$(systemctl show -p ActiveState -p NRestarts -p InvocationID -p Job "$rw_unit" 2>/dev/null); }
# Active, with the same start, for longer than Flannel needs to fail after it.
guard_stable() {
  rw_life=$(guard_prop ActiveState)/$(guard_prop NRestarts)/$(guard_prop InvocationID)
  if [ "$(rw_get life)" != "$rw_life" ]; then rw_set life "$rw_life" life_at "$rw_now"; fi
  case $rw_life in active/*) [ $((rw_now - $(rw_getnum life_at))) -ge "$rw_settle" ] ;; *) return 1 ;; esac
}
# FAMILY DST: gateway and device of the most specific route of main; nothing for a default route.
guard_path() {
  ip "-$1" route show table main match "$2" 2>/dev/null | awk '
    $1 == "default" || $1 == "nexthop" || $1 ~ /^(throw|unreachable|blackhole|prohibit)$/ { next }
    NF {
      len = split($1, part, "/") == 2 ? part[2] + 0 : 128
      gw = "-"; dev = "-"; metric = 0
      for (i = 2; i < NF; i++) {
        if ($i == "via") { gw = $(i + 1); if (gw == "inet6") gw = $(i + 2) }
        if ($i == "dev") dev = $(i + 1)
        if ($i == "metric") metric = $(i + 1) + 0
      }
      if (best == "" || len > top || (len == top && metric < least)) { best = gw " " dev; top = len; least = metric }
    }
    END { print best }'
}
# The first destination without its old path in main ('same') or without any path ('any').
guard_missing() {
  printf '%s\n' "$rw_paths" | while read -r rw_family rw_dst rw_gw rw_dev; do
    [ -n "$rw_dst" ] || continue
    rw_path=$(guard_path "$rw_family" "$rw_dst")
    if [ -z "$rw_path" ] || { [ "$1" = same ] && [ "$rw_path" != "$rw_gw $rw_dev" ]; }; then
      printf '%s' "$rw_dst"
      break
    fi
  done
}
`;
