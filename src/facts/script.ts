import { sh } from '../text/shell.ts';
import { posix } from './posix.ts';
import { HOST } from './script-host.ts';
import { K3S } from './script-k3s.ts';
import { UNIT } from './script-unit.ts';

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
  return `(\nM=${marker}\nR=${sh(options.root ?? '')}\n${PRELUDE}${HOST}${UNIT}${K3S}${MAIN}) </dev/null\n`;
}

/** Environment, framing, and what every question needs. */
const PRELUDE = posix`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin; export PATH
unset CDPATH; set -f
NL='
'
has() { command -v "$1" >/dev/null 2>&1; }
if has timeout && timeout 1 true 2>/dev/null; then T='timeout 15'; else T=; fi
# kubectl alone takes 20 s on a small machine that is busy.
TK=$\{T:+timeout 40}
sec() {
  _n=$1; shift
  printf '%s begin %s\n' "$M" "$_n"
  "$@" 2>/dev/null; _rc=$?
  printf '\n%s end %s %s\n' "$M" "$_n" "$_rc"
}
enc() {
  if has base64; then echo base64; base64 <"$1"; else echo hex; od -An -v -tx1 <"$1"; fi
}
say() { printf '%s\n' "$1"; }
plainfile() { cat "$R$1"; }
`;

/** The questions, in order. */
const MAIN = posix`
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
`;
