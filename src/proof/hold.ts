import type { Script } from '../model/session.ts';
import { sh } from '../text/shell.ts';

/**
 * Holds one probe address on a node for as long as its channel is open, at most `seconds`: reserved
 * in host-local's store so that no pod gets it, and gone at any end. Prints `ready`, or why not.
 */
export function holdScript(address: string, dev: string, store: string, seconds: number): Script {
  return {
    class: 'probe',
    limit: seconds,
    text: `(
PATH="$PATH:/usr/sbin:/sbin"
file=${sh(`${store}/${address}`)}
made=
[ -d ${sh(store)} ] || { mkdir -p ${sh(store)} && made=1; }
(set -C; echo reweave >"$file") 2>/dev/null || { echo ${sh(`${address} is taken`)}; exit 65; }
gone() { ip addr del ${sh(`${address}/32`)} dev ${sh(dev)} 2>/dev/null; rm -f "$file"; [ -z "$made" ] || rmdir -p ${sh(store)} 2>/dev/null; :; }
trap gone EXIT
trap 'exit 1' HUP INT TERM
ip addr add ${sh(`${address}/32`)} dev ${sh(dev)} || { echo "cannot add the address"; exit 65; }
echo ready
while read -r line; do :; done
)
`,
  };
}
