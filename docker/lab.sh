#!/bin/sh
# A lab of containers: Debian hosts with real systemd, sshd and kernel network;
# K3s in them is the stand-in of src/lab/standin. s1, s2, s3 are servers
# (embedded etcd), a1, a2 agents; each has a pod-like endpoint (bridge cni0,
# network namespace `pod`, address .10). No WireGuard unless this machine's
# kernel has it: for that see docker/vm/lab.sh.
#
#   docker/lab.sh up [--servers N] [--agents N] [--backend NAME] [--sqlite]
#                         start, wait until every node is Ready and every
#                         ordered pair of pods pings (default: 3, 2, vxlan);
#                         a lab that runs is removed first
#   docker/lab.sh down    remove all that `up` made
#   docker/lab.sh exec HOST [COMMAND …]   run as root (no command: a shell)
#   docker/lab.sh inventory               print the path of the inventory
#   docker/lab.sh status                  one line per host
#   docker/lab.sh reboot HOST             power cut and boot (links, routes, /run go)
#   docker/lab.sh freeze|thaw HOST        stop all its processes and continue them
#   docker/lab.sh pairs                   ping every ordered pair once
#   docker/lab.sh meter SECONDS           ping all pairs at 200 ms, tell losses
#
# As root. Files: .lab/docker/ holds id_ed25519, known_hosts, inventory.yml.
# Users: ops (sudo without a password), opspw (sudo with one, see tree.sh);
# the key opens both. Addresses: 172.30.0.11… servers, .101… agents.
# The setting lives in config.yaml on s1, in a drop-in on s2, in ExecStart on
# s3 (and again from there), agents were installed by environment. --sqlite:
# one server without etcd.
# Environment: LAB_DOCKER_DEADLINE=120 (seconds for `up`), LAB_DOCKER_NAME
# (prefix of containers, network and image), LAB_DOCKER_NET=172.30.0.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
tree=$root/.lab/tree
prefix=${LAB_DOCKER_NAME:-reweave}
net=${LAB_DOCKER_NET:-172.30.0}
lab=$root/.lab/docker
if [ "$prefix" != reweave ]; then lab=$root/.lab/$prefix; fi
deadline=${LAB_DOCKER_DEADLINE:-120}

say() { printf 'docker lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
now() { cut -d. -f1 /proc/uptime; }
names() { [ -f "$lab/hosts" ] && cat "$lab/hosts" || true; }
known() { names | grep -qx "$1" || die "no host named '$1'"; }
address() {
  case $1 in
  s*) echo "$net.$((10 + ${1#s}))" ;;
  a*) echo "$net.$((100 + ${1#a}))" ;;
  esac
}
unit() { case $1 in s*) echo k3s ;; *) echo k3s-agent ;; esac; }
in_host() { h=$1; shift; docker exec "$prefix-$h" "$@"; }

until_true() { # WHAT COMMAND…
  what=$1
  shift
  while ! "$@" >/dev/null 2>&1; do
    [ "$(now)" -lt "$end" ] || die "not within $deadline s: $what"
    sleep 0.3
  done
  say "$(($(now) - begin)) s: $what"
}

# ----------------------------------------------------------------- the daemon

daemon() {
  if docker info >/dev/null 2>&1; then return; fi
  command -v dockerd >/dev/null || {
    say 'installing docker.io'
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends docker.io >&2
  }
  for driver in overlay2 vfs; do
    say "starting dockerd ($driver)"
    nohup dockerd --iptables=false --ip6tables=false --bridge=none -s "$driver" \
      >"$lab/dockerd.log" 2>&1 &
    pid=$!
    i=0
    while [ $i -lt 100 ] && kill -0 "$pid" 2>/dev/null; do
      if docker info >/dev/null 2>&1; then return; fi
      i=$((i + 1))
      sleep 0.1
    done
    kill "$pid" 2>/dev/null || true
  done
  die "dockerd does not start, see $lab/dockerd.log"
}

image() {
  sh "$here/tree.sh"
  stamp=$(cut -c1-12 "$tree/.tree-stamp")
  docker image inspect "$prefix-host:$stamp" >/dev/null 2>&1 ||
    tar -C "$tree" -c . | docker import - "$prefix-host:$stamp" >/dev/null
}

network() {
  docker network inspect "$prefix" >/dev/null 2>&1 ||
    docker network create --subnet "$net.0/24" --gateway "$net.1" "$prefix" >/dev/null
}

# ---------------------------------------------------------------------- hosts

shape() {
  case $1 in a*) echo agent; return ;; esac
  if [ "$sqlite" = yes ]; then echo sqlite; return; fi
  case $((${1#s} % 3)) in 1) echo config ;; 2) echo dropin ;; 0) echo unit ;; esac
}

seed() { # NAME BACKEND
  s=$lab/seed-$1
  rm -rf "$s"
  mkdir -p "$s/etc/ssh"
  join=https://$(address s1):6443
  if [ "$1" = s1 ]; then join=; fi
  sh "$here/seed.sh" host "$s" "$lab/pki" "$lab/k3s.cjs" "$1" "$(address "$1")" "$(shape "$1")" "$2" "$join"
  tr -d - </proc/sys/kernel/random/uuid >"$s/etc/machine-id"
  ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$s/etc/ssh/ssh_host_ed25519_key"
  echo "$(address "$1") $(cut -d' ' -f1-2 "$s/etc/ssh/ssh_host_ed25519_key.pub")" >>"$lab/known_hosts"
  for u in ops:1000 opspw:1001; do
    h=$s/home/${u%:*}
    mkdir -p "$h/.ssh"
    install -m 600 "$lab/id_ed25519.pub" "$h/.ssh/authorized_keys"
    chmod 700 "$h" "$h/.ssh"
    chown -R "${u#*:}:${u#*:}" "$h"
  done
}

create() { # NAME
  # Everything that systemd and networking need; not SYS_RESOURCE, SYS_MODULE.
  caps=
  for c in NET_ADMIN NET_RAW SYS_ADMIN SYS_PTRACE SYS_NICE SYS_BOOT SYS_TIME IPC_LOCK \
    DAC_READ_SEARCH SYSLOG; do caps="$caps --cap-add $c"; done
  # shellcheck disable=SC2086
  docker create --name "$prefix-$1" --hostname "$1" --network "$prefix" --ip "$(address "$1")" \
    --label "reweave-lab=$prefix" $caps --security-opt seccomp=unconfined \
    --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
    --cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:rw \
    --tmpfs /run:exec,mode=755 --tmpfs /tmp:exec,mode=1777 --stop-signal SIGRTMIN+3 \
    --sysctl net.ipv4.ip_forward=1 -e container=docker \
    "$prefix-host:$stamp" /sbin/init >/dev/null
  tar -C "$lab/seed-$1" -c . | docker cp -a - "$prefix-$1:/"
  rm -rf "$lab/seed-$1"
}

inventory() {
  {
    echo 'k3s_cluster:'
    echo '  children:'
    for group in server agent; do
      echo "    $group:"
      echo '      hosts:'
      for n in $(names | grep "^$(echo $group | cut -c1)"); do
        echo "        $n:"
        echo "          ansible_host: $(address "$n")"
      done
    done
    echo '  vars:'
    echo '    ansible_user: ops'
    echo "    ansible_ssh_private_key_file: $lab/id_ed25519"
    echo "    ansible_ssh_common_args: '-o UserKnownHostsFile=$lab/known_hosts'"
  } >"$lab/inventory.yml"
}

ready() { # COUNT
  [ "$(in_host s1 k3s kubectl get nodes --no-headers | awk '$2 == "Ready"' | wc -l)" -eq "$1" ]
}
serving() { in_host "$1" systemctl is-active "$(unit "$1")"; }
reachable() {
  ssh -i "$lab/id_ed25519" -o UserKnownHostsFile="$lab/known_hosts" -o IdentitiesOnly=yes \
    -o BatchMode=yes -o ConnectTimeout=3 -o LogLevel=ERROR "ops@$(address "$1")" sudo -n true
}
pod() { in_host "$1" ip -n pod -4 -o addr show dev eth0 | sed -n 's/.* inet \([0-9.]*\).*/\1/p'; }

# Runs a command in each pod against every other pod: NAME PEER ADDRESS.
each_pair() { # COMMAND_TEMPLATE with ADDRESS in it
  all=
  for n in $(names); do
    a=$(pod "$n")
    [ -n "$a" ] || return 1
    all="$all $n=$a"
  done
  waiting=
  for n in $(names); do
    script=
    for p in $all; do
      [ "${p%=*}" != "$n" ] || continue
      script="$script
(r=\$($(echo "$1" | sed "s/ADDRESS/${p#*=}/g") 2>&1); c=\$?; echo \"$n ${p%=*} \$c \$(echo \"\$r\" | grep -o '[0-9]* packets transmitted, [0-9]* received')\") &"
    done
    in_host "$n" sh -c "$script
wait" >"$lab/pairs-$n" &
    waiting="$waiting $!"
  done
  for w in $waiting; do wait "$w"; done
  for n in $(names); do cat "$lab/pairs-$n"; rm -f "$lab/pairs-$n"; done
}

pairs() {
  out=$(each_pair 'ip netns exec pod ping -q -n -c 1 -W 1 ADDRESS') || return 1
  echo "$out"
  ! echo "$out" | awk '$3 != 0' | grep -q .
}

meter() { # SECONDS
  out=$(each_pair "ip netns exec pod ping -q -n -i 0.2 -c $(($1 * 5)) -W 1 ADDRESS") || return 1
  echo "$out" | awk '{ lost = $4 - $7; total += lost; print $1, $2, "sent", $4, "lost", lost }
    END { print NR, "pairs,", total, "lost" }'
}

up() {
  servers=3 agents=2 backend=vxlan sqlite=no
  while [ $# -gt 0 ]; do
    case $1 in
    --servers) servers=$2; shift 2 ;;
    --agents) agents=$2; shift 2 ;;
    --backend) backend=$2; shift 2 ;;
    --sqlite) sqlite=yes servers=1; shift ;;
    *) die "unknown option $1" ;;
    esac
  done
  mkdir -p "$lab"
  daemon
  containers_down
  begin=$(now) end=$(($(now) + deadline))
  image
  network
  sh "$here/seed.sh" pki "$lab/pki"
  sh "$here/seed.sh" bundle "$lab/k3s.cjs"
  [ -f "$lab/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C lab -f "$lab/id_ed25519"
  : >"$lab/known_hosts"
  { for i in $(seq 1 "$servers"); do echo "s$i"; done; for i in $(seq 1 "$agents"); do echo "a$i"; done; } >"$lab/hosts"
  inventory
  for n in $(names); do seed "$n" "$backend"; create "$n"; done
  say "$(($(now) - begin)) s: hosts are made"
  # In order: pod subnets are given out as nodes join.
  i=0
  for n in $(names); do
    docker start "$prefix-$n" >/dev/null
    i=$((i + 1))
    until_true "$n is up" serving "$n"
  done
  until_true 'every node is Ready' ready "$i"
  for n in $(names); do until_true "$n answers over SSH" reachable "$n"; done
  until_true 'every pair of pods pings' pairs
  say "inventory: $lab/inventory.yml"
}

containers_down() {
  found=$(docker ps -aq --filter "label=reweave-lab=$prefix")
  # shellcheck disable=SC2086
  [ -z "$found" ] || docker rm -f $found >/dev/null
}

down() {
  if docker info >/dev/null 2>&1; then
    containers_down
    docker network rm "$prefix" >/dev/null 2>&1 || true
    for i in $(docker images -q "$prefix-host"); do docker rmi -f "$i" >/dev/null 2>&1 || true; done
  fi
  rm -rf "$lab"
}

status() {
  for n in $(names); do
    state=$(docker inspect -f '{{.State.Status}}' "$prefix-$n" 2>/dev/null || echo absent)
    echo "$n $(address "$n") $state $(in_host "$n" systemctl is-active "$(unit "$n")" 2>/dev/null || true)"
  done
}

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
up) up "$@" ;;
down) down ;;
exec)
  known "$1"
  h=$1
  shift
  tty=
  if [ -t 0 ] && [ -t 1 ]; then tty=-t; fi
  [ $# -gt 0 ] || set -- bash
  exec docker exec -i $tty "$prefix-$h" "$@"
  ;;
inventory) echo "$lab/inventory.yml" ;;
status) status ;;
reboot)
  known "$1"
  docker restart -t 0 "$prefix-$1" >/dev/null
  ;;
freeze) known "$1" && docker pause "$prefix-$1" >/dev/null ;;
thaw) known "$1" && docker unpause "$prefix-$1" >/dev/null ;;
pairs) pairs ;;
meter) meter "$@" ;;
*) sed -n '2,/^set -eu/p' "$0" | sed '$d;s/^# \{0,1\}//' >&2; exit 2 ;;
esac
