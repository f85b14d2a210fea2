/**
 * The capture by tcpdump: one process per kind, summed up by awk, for the whole `$seconds`; the
 * filters `$bare`, `$vxlan` and `$encrypted` are set before. Prints the lines of `CAPTURE_PERL`.
 * Inner addresses of VXLAN are not told: `first` has the outer ones.
 */
export const CAPTURE_TCPDUMP = String.raw`
command -v awk >/dev/null 2>&1 || fail 'tcpdump is there and awk is not'
command -v timeout >/dev/null 2>&1 || fail 'tcpdump is there and timeout is not'
LC_ALL=C; export LC_ALL
look() {
  timeout "$seconds" tcpdump -i "$dev" -nn -q -t -l -s 128 "$2" 2>&1 | {
    heard=; why=
    while read -r line; do
      case $line in *'listening on '*) heard=1; break ;; esac
      [ -n "$why" ] || why=$line
    done
    if [ -z "$heard" ]; then fail "$why"; fi
    printf '{"listening":"%s"}\n' "$1"
    awk -v kind="$1" '
      /packets? dropped by kernel/ { dropped = $1 }
      $1 == "IP" && $3 == ">" {
        src = $2; dst = $4; sub(/:$/, "", dst)
        if (split(src, part, ".") > 4) sub(/\.[0-9]+$/, "", src)
        if (split(dst, part, ".") > 4) sub(/\.[0-9]+$/, "", dst)
        count[src "\",\"" dst]++
        if (first == "") first = "\"src\":\"" src "\",\"dst\":\"" dst "\",\"proto\":-1"
      }
      END {
        name = kind == "encrypted" ? kind : "clear"
        tag = kind == "encrypted" ? "" : "\"" kind "\","
        for (key in count) printf "{\"%s\":[%s\"%s\",%d]}\n", name, tag, key, count[key]
        if (kind != "encrypted" && first != "") printf "{\"first\":{\"via\":\"%s\",%s}}\n", kind, first
        printf "{\"ended\":\"%s\",\"dropped\":%d}\n", kind, kind == "encrypted" ? 0 : dropped
      }'
  }
}
look bare "$bare" &
look vxlan "$vxlan" &
look encrypted "$encrypted" &
wait
printf '{"end":1,"dropped":0,"more":0}\n'
`;
