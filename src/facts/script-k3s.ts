import { posix } from './posix.ts';

/** Questions to K3s: files, versions, Flannel, and on servers the API. Only single values of secret answers leave. */
export const K3S = posix`
file() {
  [ -f "$R$1" ] || return 0
  printf '%s begin file %s\n' "$M" "$1"
  stat -L -c '%a %U:%G' "$R$1" 2>/dev/null || echo '? ?'
  if has sha256sum; then _h=$(sha256sum <"$R$1"); echo "$\{_h%% *}"; else echo '?'; fi
  enc "$R$1" 2>/dev/null; _rc=$?
  printf '\n%s end file %s\n' "$M" "$_rc"
}
paths() { printf 'unit=%s\nrole=%s\nconfig=%s\ndata=%s\nport=%s\nbin=%s\n' "$BEST" "$ROLE" "$CFG" "$DD" "$PORT" "$BIN"; }
blobs() {
  for _f in "$R$DD/agent/server-ca.crt" "$R$DD/agent/client-kubelet.crt" "$R/etc/rancher/node/id"; do
    [ -f "$_f" ] && { printf '= %s\n' "$\{_f#"$R"}"; enc "$_f"; }
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
  for _f in "$R"/var/lib/cni/networks/cbr0/*; do [ -e "$_f" ] && say "$\{_f##*/}"; done
  set -f
}
api() {
  has curl || return 1
  _a="$R$DD/agent"
  $T curl -s --connect-timeout 3 -m 14 --cacert "$_a/server-ca.crt" --cert "$_a/client-kubelet.crt" --key "$_a/client-kubelet.key" "https://127.0.0.1:$PORT$1"
}
# K3s' own kubeconfig: the one for people may be written elsewhere.
kctl() (
  _k="$R$DD/server/cred/admin.kubeconfig"
  if [ -r "$_k" ]; then KUBECONFIG=$_k; export KUBECONFIG; fi
  if [ -n "$BIN" ] && [ -x "$R$BIN" ]; then $TK "$R$BIN" kubectl "$@"; else $TK k3s kubectl "$@"; fi
)
# The answer also holds a pre-shared key: only this one value leaves the node.
served() { api /v1-k3s/config | sed -n 's/.*"FlannelBackend":[[:space:]]*"\([^"]*\)".*/\1/p'; }
# Image lists are most of a node object and tell nothing here.
nodes() {
  _o=$(kctl get nodes -o json 2>/dev/null) || return 1
  say "$_o" | sed '/^                "images": \[$/,/^                \],\{0,1\}$/d'
}
dbinfo() { api /db/info; }
etcdhealth() { has curl && $T curl -s --connect-timeout 3 -m 14 http://127.0.0.1:2381/health; }
readyz() { if has curl; then api /readyz; else kctl get --raw /readyz; fi; }
`;
