import type { Lab } from './lab.ts';

/** Everything that a read-only look may not change, as text that is the same while nothing changes. */
export async function fingerprint(lab: Lab, host: string): Promise<string> {
  return lab.exec(
    host,
    [
      'find /etc/rancher /etc/systemd/system /etc/modules-load.d /var/lib/rancher/k3s/agent/etc /run/flannel -type f -exec sha256sum {} + | sort -k2',
      'systemctl show k3s k3s-agent -p Id,InvocationID,NRestarts',
      "ip -o link | sed 's/^[0-9]*: //'",
      'ip -4 route show table all',
      'ip -6 rule',
      'ip rule',
      'nft list ruleset',
      'sysctl -a 2>/dev/null | grep -E "rp_filter|forwarding|accept_ra"',
      'cut -d" " -f1 /proc/modules | sort',
      'ls -A /var/lib/reweave 2>/dev/null',
      'ls -A /var/lib/cni/networks/cbr0 2>/dev/null',
      'true',
    ].join('; echo ==; '),
  );
}

/** What a finished run must not leave on a node; empty = nothing. */
export async function leftBehind(lab: Lab, host: string, oldLink: string): Promise<string> {
  const found = await lab.exec(
    host,
    [
      `ip -o link show ${oldLink} 2>/dev/null`,
      "ip rule | grep -vE '^(0|32766|32767):'",
      'ip route show table all proto 233',
      'ls /etc/systemd/system /run/systemd/transient 2>/dev/null | grep -i reweave',
      'systemctl list-units --all --no-legend --plain "reweave*" | grep -v not-found',
      'ls /var/lib/reweave/guard.sh /var/lib/reweave/lock 2>/dev/null',
      'ls /var/lib/cni/networks/cbr0 2>/dev/null | grep -E "\\.25[0-9]$"',
      "ip -o addr show scope global | grep -E '10\\.42\\.[0-9]+\\.25[0-9]/32'",
      'pgrep -af "reweave|rw_" | grep -v pgrep',
      'true',
    ].join('; '),
  );
  return found.trim();
}
