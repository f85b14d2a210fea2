#!/bin/sh
# A lab of virtual machines: real kernels with WireGuard, VXLAN and modules
# that load. v1 is the K3s server (sqlite), v2, v3 … are agents; each has a
# pod-like endpoint (bridge cni0, network namespace `pod`, address .10).
# K3s in it is the stand-in of src/lab/standin.
#
#   docker/vm/lab.sh up [--machines N] [--backend NAME] [--no-k3s]
#                            start, wait until every node is Ready and every
#                            ordered pair of pods pings (default: 3, vxlan)
#   docker/vm/lab.sh down    stop the machines, remove bridge and taps
#   docker/vm/lab.sh exec HOST [COMMAND …]
#                            run a command as root (no command: a shell)
#   docker/vm/lab.sh inventory      print the path of the Ansible inventory
#   docker/vm/lab.sh status         one line per machine
#   docker/vm/lab.sh pairs          ping every ordered pair of pods once
#   docker/vm/lab.sh meter SECONDS  ping all pairs at 200 ms: FROM TO SENT LOST
#   docker/vm/lab.sh capture SECONDS [FILTER]   tcpdump on the lab's bridge
#   docker/vm/lab.sh freeze|thaw HOST           stop and continue the machine
#   docker/vm/lab.sh cut|heal HOST              take its cable out, put it back
#   docker/vm/lab.sh crash HOST                 power cut and boot; what was not
#                            synced is lost (a reboot from inside works too)
#   docker/vm/lab.sh build          only build the images
#
# As root. Uses KVM where it works, else emulation. Files: .lab/vm/ holds
# id_ed25519, known_hosts, inventory.yml, and per machine NAME.serial.log,
# NAME.qemu.log, NAME.pid, NAME.qcow2; images are cached by content below .lab/vm/base-*.
# Addresses: 172.31.0.10+n, gateway 172.31.0.1 on the bridge `rwvm0`, where a
# capture sees all traffic between machines.
# Environment: LAB_VM_ACCEL=kvm|tcg, LAB_VM_MEMORY=512 (MiB),
# LAB_VM_DEADLINE=300 (seconds for `up`), LAB_VM_APPEND (kernel parameters).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tree=$root/.lab/tree
lab=$root/.lab/vm
bridge=rwvm0
net=172.31.0
kernel_package=linux-image-cloud-amd64
memory=${LAB_VM_MEMORY:-512}
deadline=${LAB_VM_DEADLINE:-300}

say() { printf 'vm lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
now() { cut -d' ' -f1 /proc/uptime | cut -d. -f1; }
need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null && return
  say "installing $2"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$2" >&2
}
address() { echo "$net.$((10 + ${1#v}))"; }
quote() { printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }
names() { [ -f "$lab/machines" ] && cat "$lab/machines" || true; }
known() { names | grep -qx "$1" || die "no machine named '$1'"; }

# One login per machine, kept for a while: a login costs seconds in emulation.
ssh_to() { # HOST COMMAND…
  host=$1
  shift
  ssh -i "$lab/id_ed25519" -o UserKnownHostsFile="$lab/known_hosts" \
    -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=3 -o ServerAliveCountMax=5 \
    -o ControlMaster=auto -o ControlPersist=120 -o ControlPath="$lab/%h.ssh" -o LogLevel=ERROR \
    "ops@$(address "$host")" "$@" 9>&-
}
forget() { # HOST: its kept login, if any
  ssh -o ControlPath="$lab/%h.ssh" -O exit "ops@$(address "$1")" >/dev/null 2>&1 || true
  rm -f "$lab/$(address "$1").ssh"
}

# ---------------------------------------------------------------- images

# The base image: root tree + kernel modules + first process, without any
# host's identity. Sets $base.
build() {
  need mke2fs e2fsprogs
  need qemu-system-x86_64 qemu-system-x86
  need qemu-img qemu-utils
  "$root/docker/tree.sh" "$tree"
  mkdir -p "$lab"
  if [ ! -s "$lab/kernel.deb" ]; then
    fetch_kernel
  fi
  hash=$( { cat "$tree/.tree-stamp" "$here/init.sh"; sed -n '/^build()/,/^}/p' "$0"; cksum <"$lab/kernel.deb"; } | sha256sum | cut -c1-16)
  base=$lab/base-$hash
  [ -f "$base/root.img" ] && return
  say 'building the base image'
  rm -rf "$lab"/base-* "$lab/build"
  mkdir -p "$lab/build/tree" "$base.new"
  cp -a "$tree/." "$lab/build/tree/"
  dpkg-deb -x "$lab/kernel.deb" "$lab/build/kernel"
  cp "$lab"/build/kernel/boot/vmlinuz-* "$base.new/vmlinuz"
  mods=$(cd "$lab/build/kernel/lib/modules" && echo *)
  mkdir -p "$lab/build/tree/lib/modules"
  for dir in gpu media infiniband scsi hv xen video iio thunderbolt mtd staging; do
    rm -rf "$lab/build/kernel/lib/modules/$mods/kernel/drivers/$dir"
  done
  cp -a "$lab/build/kernel/lib/modules/$mods" "$lab/build/tree/lib/modules/"
  chroot "$lab/build/tree" depmod "$mods"
  install -m 755 "$here/init.sh" "$lab/build/tree/lab-init"
  mke2fs -q -t ext4 -O ^metadata_csum -J size=16 -E lazy_itable_init=1,nodiscard \
    -m 0 -L root -d "$lab/build/tree" "$base.new/root.img" 2G
  rm -rf "$lab/build"
  rm -rf "$base"
  mv "$base.new" "$base"
}

fetch_kernel() {
  say 'fetching the kernel package'
  apt-get update -qq || true
  dir=$(mktemp -d)
  exact=$(apt-cache depends "$kernel_package" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n1)
  [ -n "$exact" ] || die "apt knows no $kernel_package"
  (cd "$dir" && apt-get download -o APT::Sandbox::User=root "$exact" >&2)
  mv "$dir"/*.deb "$lab/kernel.deb"
  rmdir "$dir"
}

keys() {
  mkdir -p "$lab/keys"
  [ -f "$lab/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C reweave-vm-lab -f "$lab/id_ed25519"
  : >"$lab/known_hosts.new"
  for n in $(names); do
    [ -f "$lab/keys/$n" ] || ssh-keygen -q -t ed25519 -N '' -C "root@$n" -f "$lab/keys/$n"
    echo "$(address "$n") $(cut -d' ' -f1,2 "$lab/keys/$n.pub")" >>"$lab/known_hosts.new"
  done
  mv "$lab/known_hosts.new" "$lab/known_hosts"
}

inventory() {
  vars() {
    cat <<E
        $1:
          ansible_host: $(address "$1")
E
  }
  {
    echo 'k3s_cluster:'
    echo '  children:'
    echo '    server:'
    echo '      hosts:'
    vars v1 | sed 's/^/  /'
    echo '    agent:'
    echo '      hosts:'
    for n in $(names | sed 1d); do vars "$n" | sed 's/^/  /'; done
    echo '  vars:'
    echo '    ansible_user: ops'
    echo '    ansible_become: true'
    echo "    ansible_ssh_private_key_file: $lab/id_ed25519"
    echo "    ansible_ssh_common_args: '-o UserKnownHostsFile=$lab/known_hosts'"
  } >"$lab/inventory.yml"
}

# What makes a machine itself: a tar file that the first process unpacks over
# the root file system at the first boot.
seed() { # NAME BACKEND
  s=$lab/seed-$1
  rm -rf "$s"
  mkdir -p "$s/etc/ssh" "$s/home/ops/.ssh" "$s/home/opspw/.ssh"
  echo "$1" >"$s/etc/hostname"
  md5sum <"$lab/keys/$1.pub" | cut -d' ' -f1 >"$s/etc/machine-id"
  echo "ADDRESS=$(address "$1") GATEWAY=$net.1" >"$s/etc/lab-net"
  { echo '127.0.0.1 localhost'; for other in $(names); do echo "$(address "$other") $other"; done; } >"$s/etc/hosts"
  install -m 600 "$lab/keys/$1" "$s/etc/ssh/ssh_host_ed25519_key"
  install -m 644 "$lab/keys/$1.pub" "$s/etc/ssh/ssh_host_ed25519_key.pub"
  for u in ops:1000 opspw:1001; do
    h=$s/home/${u%:*}
    install -m 600 "$lab/id_ed25519.pub" "$h/.ssh/authorized_keys"
    chmod 700 "$h" "$h/.ssh"
    chown -R "${u#*:}:${u#*:}" "$h"
  done
  if [ "$k3s" = yes ]; then seed_k3s "$s" "$1" "$2"; fi
  tar -C "$s" -cf "$lab/$1.seed" .
  rm -rf "$s"
}

# The stand-in K3s, installed as in the container lab.
seed_k3s() { # DIR NAME BACKEND
  shape=agent join=https://$net.11:6443
  if [ "$2" = v1 ]; then shape=sqlite join=; fi
  sh "$root/docker/seed.sh" host "$1" "$lab/pki" "$lab/k3s.cjs" "$2" "$(address "$2")" "$shape" "$3" "$join"
  [ "$shape" = sqlite ] || echo "node-ip: $(address "$2")" >"$1/etc/rancher/k3s/config.yaml"
}

# --------------------------------------------------------------- machines

accelerator() {
  case ${LAB_VM_ACCEL:-auto} in
  kvm) accel=kvm cpu=host ;;
  tcg) accel=tcg,thread=multi cpu=max ;;
  *)
    # The device may be there and yet be of no use: ask a machine to boot.
    accel=tcg,thread=multi cpu=max
    if [ -w /dev/kvm ] && grep -Eqw 'vmx|svm' /proc/cpuinfo; then accel=kvm cpu=host; fi
    ;;
  esac
}

network_up() {
  ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge stp_state 0 forward_delay 0
  ip addr replace "$net.1/24" dev "$bridge"
  sysctl -qw "net.ipv6.conf.$bridge.disable_ipv6=1" 2>/dev/null || true
  ip link set "$bridge" up
  # Where bridged frames pass the host's packet filter, let the lab's through.
  if [ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || echo 0)" = 1 ] && command -v iptables >/dev/null; then
    iptables -C FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null ||
      iptables -I FORWARD -i "$bridge" -o "$bridge" -j ACCEPT
  fi
}

network_down() {
  if command -v iptables >/dev/null; then
    while iptables -D FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null; do :; done
  fi
  for tap in $(ip -o link show master "$bridge" 2>/dev/null | sed 's/^[0-9]*: \([^:@]*\).*/\1/'); do
    ip link del "$tap"
  done
  ip link del "$bridge" 2>/dev/null || true
}

running() { # NAME
  [ -f "$lab/$1.pid" ] || return 1
  pid=$(cat "$lab/$1.pid")
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "file=$lab/$1.qcow2"
}

start() { # NAME
  tap=rwvm-$1
  ip link show "$tap" >/dev/null 2>&1 || ip tuntap add "$tap" mode tap
  ip link set "$tap" master "$bridge" up
  qemu-img create -q -f qcow2 -b "$base/root.img" -F raw "$lab/$1.qcow2"
  : >"$lab/$1.serial.log"
  rm -f "$lab/$1.stop" "$lab/$1.pid"
  # The lock stays here (9>&-): the machine outlives this script.
  LAB_VM_BASE=$base setsid "$here/lab.sh" keep "$1" </dev/null >"$lab/$1.qemu.log" 2>&1 9>&- &
}

# Runs one machine, again after every reboot and power cut, until `down`.
# A reset inside the emulator is no way to boot: the kernel's unpacking then
# crawls over memory that still counts as translated code.
keep() { # NAME
  n=$1 i=${1#v} base=$LAB_VM_BASE
  accelerator
  echo $$ >"$lab/$n.keeper"
  while [ ! -e "$lab/$n.stop" ]; do
    code=0
    qemu-system-x86_64 -name "$n" -pidfile "$lab/$n.pid" -no-reboot \
      -machine q35,usb=off,vmport=off -accel "$accel" -cpu "$cpu" -smp 1 -m "$memory" \
      -nodefaults -no-user-config -display none \
      -chardev "file,id=serial,path=$lab/$n.serial.log,append=on" -serial chardev:serial \
      -kernel "$base/vmlinuz" \
      -append "root=/dev/nvme0n1 rootfstype=ext4 rw init=/lab-init console=ttyS0 quiet loglevel=3 net.ifnames=0 mitigations=off nokaslr nowatchdog random.trust_cpu=on tsc=reliable panic=5 systemd.show_status=0 audit=0 selinux=0 apparmor=0 ${LAB_VM_APPEND:-}" \
      -drive "if=none,id=root,file=$lab/$n.qcow2,format=qcow2,cache=unsafe" \
      -device nvme,drive=root,serial=root \
      -drive "if=none,id=seed,file=$lab/$n.seed,format=raw,readonly=on" \
      -device nvme,drive=seed,serial=seed \
      -netdev "tap,id=n0,ifname=rwvm-$n,script=no,downscript=no" \
      -device "virtio-net-pci,netdev=n0,mac=52:54:00:31:00:$(printf %02x $((10 + i))),romfile=" ||
      code=$?
    # 1: it could not start at all.
    [ "$code" != 1 ] || break
  done
  rm -f "$lab/$n.keeper" "$lab/$n.pid"
}

until_true() { # WHAT COMMAND…
  what=$1
  shift
  while ! "$@" >/dev/null 2>&1; do
    [ "$(now)" -lt "$end" ] || die "not within $deadline s: $what"
    sleep 0.5
  done
  say "$(($(now) - begin)) s: $what"
}

up() {
  machines=3 backend=vxlan k3s=yes
  while [ $# -gt 0 ]; do
    case $1 in
    --machines) machines=$2; shift 2 ;;
    --backend) backend=$2; shift 2 ;;
    --no-k3s) k3s=no; shift ;;
    *) die "unknown option $1" ;;
    esac
  done
  for n in $(names); do ! running "$n" || die "$n is running; first: lab.sh down"; done
  build
  begin=$(now) end=$(($(now) + deadline))
  i=0
  : >"$lab/machines"
  while [ $i -lt "$machines" ]; do i=$((i + 1)); echo "v$i" >>"$lab/machines"; done
  keys
  inventory
  if [ "$k3s" = yes ]; then
    sh "$root/docker/seed.sh" pki "$lab/pki"
    sh "$root/docker/seed.sh" bundle "$lab/k3s.cjs"
  fi
  accelerator
  network_up
  for n in $(names); do seed "$n" "$backend"; start "$n"; done
  say "$machines machines started ($accel)"
  for n in $(names); do until_true "$n answers over SSH" ssh_to "$n" true; done
  [ "$k3s" = yes ] || return 0
  until_true 'every node is Ready' all_ready
  until_true 'every pair of pods pings' pairs
}

all_ready() {
  # shellcheck disable=SC2046
  [ "$(ssh_to v1 sudo k3s kubectl get nodes --no-headers | awk '$2 == "Ready"' | wc -l)" -eq "$(names | wc -l)" ]
}

pod_address() { # NAME
  ssh_to "$1" sudo ip -n pod -4 -o addr show scope global |
    sed -n 's/.* inet \([0-9.]*\).*/\1/p' | grep -m1 .
}

# Pings every ordered pair from all machines at the same time, prints lines
# of FROM TO SENT LOST; fails if a pair did not answer at all.
each_pair() { # COUNT INTERVAL
  all=
  for n in $(names); do all="$all $n=$(pod_address "$n")" || return 1; done
  result=$(mktemp) waiting=
  for n in $(names); do
    list=$(for pair in $all; do [ "${pair%%=*}" = "$n" ] || echo "$pair"; done | tr '\n' ' ')
    ssh_to "$n" "for p in $list; do
      (sudo ip netns exec pod ping -q -n -c $1 -i $2 -W 2 \${p#*=} |
        awk -v a=$n -v b=\${p%%=*} '/transmitted/ { print a, b, \$1, \$1 - \$4 }') &
      done; wait" >>"$result" &
    waiting="$waiting $!"
  done
  # Not a bare `wait`: the machines are children too.
  for job in $waiting; do wait "$job" || true; done
  sort "$result"
  count=$(names | wc -l)
  awk -v want=$((count * (count - 1))) '$4 < $3 { ok++ } END { exit ok != want }' "$result" && good=0 || good=1
  rm -f "$result"
  return $good
}
pairs() { each_pair 1 1; }
meter() { each_pair $(($1 * 5)) 0.2; } # SECONDS

down() {
  for n in $(names); do
    forget "$n"
    : >"$lab/$n.stop"
    if running "$n"; then kill "$pid"; fi
  done
  for n in $(names); do
    i=0
    while [ -e "$lab/$n.keeper" ] && [ -d "/proc/$(cat "$lab/$n.keeper" 2>/dev/null)" ]; do
      i=$((i + 1))
      if [ $i = 50 ] && running "$n"; then kill -9 "$pid"; fi
      [ $i -lt 100 ] || die "$n does not stop"
      sleep 0.2
    done
    rm -f "$lab/$n.pid" "$lab/$n.keeper" "$lab/$n.stop" "$lab/$n.qcow2" "$lab/$n.seed"
  done
  network_down
  rm -f "$lab/machines"
}

[ "$(id -u)" = 0 ] || die 'must run as root'
mkdir -p "$lab"
command=${1:-}
[ $# -eq 0 ] || shift
case $command in
up | down | build)
  exec 9>"$lab/lock"
  flock 9
  "$command" "$@"
  ;;
exec)
  known "$1"
  name=$1
  shift
  if [ $# -eq 0 ]; then
    ssh_to "$name" -t sudo -i
  else
    ssh_to "$name" "sudo -n -- $(for word; do quote "$word"; done)"
  fi
  ;;
pairs) pairs ;;
meter) meter "$1" ;;
inventory) echo "$lab/inventory.yml" ;;
status)
  for n in $(names); do
    if running "$n"; then echo "$n $(address "$n") running, pid $pid"; else echo "$n stopped"; fi
  done
  ;;
capture)
  seconds=$1
  shift
  timeout "$seconds" tcpdump -i "$bridge" -nn -l "$@" || [ $? = 124 ]
  ;;
keep) keep "$1" ;;
freeze) known "$1"; running "$1" && kill -STOP "$pid" ;;
thaw) known "$1"; running "$1" && kill -CONT "$pid" ;;
cut) known "$1"; ip link set "rwvm-$1" down ;;
heal) known "$1"; ip link set "rwvm-$1" up ;;
crash)
  known "$1"
  running "$1" || die "$1 is not running"
  kill -9 "$pid"
  forget "$1"
  ;;
*) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
