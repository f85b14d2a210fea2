import { posix } from './posix.ts';

/** Questions to the host itself: identity, disk, tools, kernel modules, sysctls. All only read. */
export const HOST = posix`
ids() {
  printf 'hostname=%s\nkernel=%s\n' "$(uname -n)" "$(uname -r)"
  for _k in machine-id:/etc/machine-id boot-id:/proc/sys/kernel/random/boot_id uptime:/proc/uptime; do
    _v=; [ -r "$R$\{_k#*:}" ] && read -r _v _ <"$R$\{_k#*:}"
    printf '%s=%s\n' "$\{_k%%:*}" "$_v"
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
`;
