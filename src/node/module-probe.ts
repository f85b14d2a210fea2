import { sh } from '../text/shell.ts';
import type { NodeOptions } from './layout.ts';
import { enclosed, prelude } from './prelude.ts';

/** How a link of each kind is made so that it opens no socket and carries nothing: never set up. */
const LINK_WORDS = {
  wireguard: 'type wireguard',
  vxlan: 'type vxlan id 16777213 dstport 0',
} as const;

/**
 * Can this kernel make such a link, class probe: adds one with a random name and deletes it again,
 * and unloads the module if this loaded it. Prints `ok`, or exit 73 with the kernel's words.
 */
export function moduleProbeScript(
  name: keyof typeof LINK_WORDS,
  options: NodeOptions = {},
): string {
  return enclosed(`${prelude(undefined, options)}rw_link=rwp$(od -An -N4 -tx1 /dev/urandom | tr -d ' \\n')
trap 'ip link del dev "$rw_link" 2>/dev/null' EXIT
trap 'exit 73' HUP INT TERM
rw_loaded=0
grep -q ${sh(`^${name} `)} "$rw_root/proc/modules" 2>/dev/null && rw_loaded=1
rw_got=$(ip link add "$rw_link" ${LINK_WORDS[name]} 2>&1) || rw_stop 73 ${sh(`cannot make a link of type ${name}`)}": $rw_got"
ip link del dev "$rw_link" || rw_stop 73 "cannot delete link $rw_link"
trap - EXIT
[ "$rw_loaded" = 1 ] || modprobe -r ${name} 2>/dev/null
echo ok`);
}
