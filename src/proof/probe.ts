import type { Script } from '../model/session.ts';
import { sh } from '../text/shell.ts';
import { checkAddresses, type Endpoint } from './address.ts';

/** What one node asks of its peers. */
export interface ProbeSpec {
  readonly self: Endpoint;
  readonly peers: readonly Endpoint[];
  /** ICMP payload in bytes; 28 less than the packet over IPv4, 48 less over IPv6. */
  readonly sizes: readonly number[];
  readonly count: number;
  readonly intervalMs: number;
  /** How long an answer to the last request is awaited; rounded up to whole seconds. */
  readonly timeoutMs: number;
  /** 16 hex digits in each payload, so that a listener knows the packets of this run. */
  readonly mark?: string;
}

/** `ping` processes at once on one node. */
const AT_ONCE = 64;

/**
 * One script per node, whatever the number of peers. Prints `route PEER <ip route get>` per peer,
 * `ping PEER SIZE SENT RECEIVED CODE NOTE` per peer and size (`-` where ping did not tell), and
 * `end`; or `error WHY` where nothing can be measured. `ip route get … from OWN iif …` is refused
 * by the kernel for an own address, so the route is asked for as the ping itself asks.
 * @throws ReweaveError for what is not an address.
 */
export function probeScript(spec: ProbeSpec): Script {
  checkAddresses([spec.self, ...spec.peers]);
  const wait = Math.ceil(spec.timeoutMs / 1000);
  const mark = spec.mark === undefined ? '' : ` -p ${sh(spec.mark)}`;
  const options = `-c ${spec.count} -i ${spec.intervalMs / 1000} -W ${wait}${mark}`;
  const rounds = Math.ceil((spec.peers.length * spec.sizes.length) / AT_ONCE);
  return {
    class: 'probe',
    limit: Math.ceil(rounds * ((spec.count * spec.intervalMs) / 1000 + wait + 1)) + 15,
    text: `(
LC_ALL=C; export LC_ALL; self=${sh(spec.self.address)}; newline='
'
fail() { printf 'error %s\\n' "$1"; exit 65; }
for tool in ping ip grep; do
  command -v $tool >/dev/null 2>&1 || fail "$tool is not installed"
done
case $(ping -V 2>&1) in *iputils*) ;; *) fail 'ping is not the one of iputils' ;; esac
route() {
  told=$(ip route get "$1" from "$self" 2>&1)
  printf 'route %s %s\\n' "$1" "\${told%%"$newline"*}"
}
one() {
  out=$(ping -n -I "$self" -M do -s "$2" ${options} "$1" 2>&1); code=$?
  sent=-; got=-; note=
  case $out in
    *' packets transmitted, '*)
      sent=\${out%% packets transmitted*}; sent=\${sent##*[!0-9]}
      got=\${out#* packets transmitted, }; got=\${got%%[!0-9]*} ;;
  esac
  [ "$sent" = "$got" ] && [ "$sent" != - ] ||
    note=$(printf '%s\\n' "$out" | grep -E '^ping: |^From ') || :
  printf 'ping %s %s %s %s %s %s\\n' "$1" "$2" "$sent" "$got" "$code" "\${note%%"$newline"*}"
}
running=0
for peer in ${spec.peers.map((peer) => sh(peer.address)).join(' ')}; do
  route "$peer"
  for size in ${spec.sizes.map((size) => sh(String(size))).join(' ')}; do
    one "$peer" "$size" &
    running=$((running + 1))
    if [ $running -ge ${AT_ONCE} ]; then wait; running=0; fi
  done
done
wait
printf 'end\\n'
)
`,
  };
}
