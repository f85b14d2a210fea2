/**
 * The meter where Perl is absent: one `ping -O` and one reading loop per peer. Values for `$self`,
 * `$interval` (ms), `$limit` and the peers as arguments are set before. Each second a line per peer
 * as the Perl meter writes it, with `"i"`, the peer's index. A ping that paused for over 3 s (a
 * working one writes at least each interval) has its missed slots counted as lost.
 * ping paces a few percent slower than asked: its gaps come out that much short.
 */
export const PING_METER = String.raw`
LC_ALL=C; export LC_ALL
fail() { printf '{"error":"%s"}\n' "$1"; exit 65; }
command -v ping >/dev/null 2>&1 || fail 'neither perl nor ping is installed'
case $(ping -V 2>&1) in *iputils*) ;; *) fail 'perl is absent, and ping is not the one of iputils' ;; esac
count() {
  answered=0; lost=0; longest=0; head=0; base=0; before=; lines=0
  while read -r line; do
    case $line in *icmp_seq=*) ;; *) continue ;; esac
    seq=\${line#*icmp_seq=}; seq=\${seq%%[!0-9]*}
    read -r up rest </proc/uptime; up=\${up%.*}\${up#*.}
    if [ -n "$before" ] && [ $((up - before)) -gt 300 ]; then
      base=$((base + (up - before) * 10 / interval - 1))
    fi
    before=$up
    top=$((seq + base))
    if [ $((answered - top)) -gt 30000 ]; then base=$((base + 65536)); top=$((top + 65536)); fi
    case $line in
      *'bytes from '*)
        if [ $top -lt $answered ]; then lost=$((lost - 1)); top=$answered
        else
          run=$((top - answered - 1))
          if [ $run -gt 0 ]; then
            lost=$((lost + run))
            [ $run -gt $longest ] && longest=$run
            [ $answered -eq 0 ] && head=$run
          fi
          answered=$top
        fi ;;
    esac
    lines=$((lines + 1))
    [ $((lines * interval)) -ge 1000 ] || continue
    lines=0; open=$((top - answered)); most=$longest; first=$head; bad=
    [ $open -gt $most ] && most=$open
    [ $answered -eq 0 ] && first=$open
    [ $((lost + open)) -gt 0 ] && bad="[$1,$((lost + open)),$most,$open,$first]"
    printf '{"i":%s,"n":%s,"lag":0,"bad":[%s]}\n' "$1" "$top" "$bad"
  done
}
printf '{"ready":"ping","tcp":"perl is not installed"}\n'
readers=; index=0
for peer do
  ping -n -O -I "$self" -s 16 -i "$seconds" -W 1 -w "$limit" "$peer" 2>/dev/null | count $index &
  readers="$readers $!"; index=$((index + 1))
done
while read -r line; do [ "$line" = stop ] && break; done
kill $readers 2>/dev/null
printf '{"end":1}\n'
`.replaceAll('\\${', '${');
