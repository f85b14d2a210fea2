#!/bin/sh
# Builds the root tree that both labs share: Debian bookworm with systemd,
# sshd, sudo, networking tools and Node. No kernel, no K3s, no host keys.
#
#   docker/tree.sh [OUT_DIR]        (default: .lab/tree in this repository)
#
# As root, on a Debian system; it installs mmdebstrap if that is missing and
# takes packages from wherever the host's own apt sources point. A tree whose
# .tree-stamp equals the hash of this script (and of the Node binary) is left
# alone: then the command takes no time. Two calls at once wait for each other.
#
# In the tree:
#   ops     uid 1000, sudo without a password, public keys only over SSH
#   opspw   uid 1001, sudo with its password (below), keys or password over SSH
#   root    locked, no SSH
# Authorised keys, host keys, host name and machine id are given per host by
# the lab; host keys that are missing at boot are generated.
#
#   tar -C .lab/tree -c . | docker import - NAME
#   mke2fs -t ext4 -d .lab/tree IMAGE SIZE
set -eu

OPSPW_PASSWORD=weave-the-net
SUITE=bookworm
PACKAGES='systemd systemd-sysv dbus udev openssh-server iproute2 iputils-ping
sudo nftables iptables tcpdump curl wireguard-tools perl-base openssl kmod
procps netcat-openbsd e2fsprogs ca-certificates less libstdc++6 util-linux'

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../.lab/tree}
say() { printf 'tree: %s\n' "$*" >&2; }

[ "$(id -u)" = 0 ] || { say 'must run as root'; exit 1; }
node=$(readlink -f "$(command -v node)")
mkdir -p "$out"
out=$(cd "$out" && pwd)
stamp=$( { cat "$0"; cat "$node"; } | sha256sum | cut -d' ' -f1)

exec 9>"$out.lock"
flock 9
if [ "$(cat "$out/.tree-stamp" 2>/dev/null || true)" = "$stamp" ]; then
  exit 0
fi

command -v mmdebstrap >/dev/null || {
  say 'installing mmdebstrap'
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends mmdebstrap >&2
}

# The host's own sources for this suite; without any, mmdebstrap's default.
set --
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$f" ] || continue
  if grep -Eq "^(Suites:|deb )(.*[[:space:]])?$SUITE(-updates|-security)?([[:space:]]|\$)" "$f"; then
    set -- "$@" "$f"
  fi
done

new=$out.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
say "building in $new"
mmdebstrap --mode=root --variant=minbase --quiet \
  --include="$(echo $PACKAGES | tr ' ' ,)" \
  --aptopt='Acquire::Languages "none"' \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/i18n/*' \
  --dpkgopt='path-exclude=/usr/share/bash-completion/*' \
  --dpkgopt='path-exclude=/usr/share/lintian/*' \
  --dpkgopt='path-exclude=/usr/lib/x86_64-linux-gnu/gconv/*' \
  "$SUITE" "$new" "$@" >&2

put() { mkdir -p "$(dirname "$new$1")"; cat >"$new$1"; }

# --- users and sudo
chroot "$new" useradd -m -u 1000 -s /bin/bash ops
chroot "$new" useradd -m -u 1001 -s /bin/bash opspw
# '*': no password can match, yet the account is not locked for sshd.
chroot "$new" usermod -p '*' ops
chroot "$new" usermod -p "$(openssl passwd -6 "$OPSPW_PASSWORD")" opspw
chroot "$new" passwd -l root >/dev/null
put /etc/sudoers.d/ops <<'E'
ops ALL=(ALL:ALL) NOPASSWD: ALL
E
put /etc/sudoers.d/opspw <<'E'
opspw ALL=(ALL:ALL) ALL
E
chmod 440 "$new"/etc/sudoers.d/ops*
for u in ops opspw; do
  mkdir -p "$new/home/$u/.ssh"
  chmod 700 "$new/home/$u/.ssh"
  chroot "$new" chown -R "$u:$u" "/home/$u"
done

# --- sshd
rm -f "$new"/etc/ssh/ssh_host_*
put /etc/ssh/sshd_config.d/lab.conf <<'E'
UseDNS no
PermitRootLogin no
PasswordAuthentication yes
KbdInteractiveAuthentication no
PrintMotd no
MaxSessions 64
MaxStartups 64:30:128
AllowTcpForwarding yes
Match User ops
    PasswordAuthentication no
E
# Host keys that the lab did not give are made at the first boot.
put /etc/systemd/system/lab-host-keys.service <<'E'
[Unit]
Description=SSH host keys
Before=ssh.service
ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A
E
put /etc/systemd/system/ssh.service.d/lab.conf <<'E'
[Unit]
Wants=lab-host-keys.service
After=lab-host-keys.service
E
# No PAM session work that needs logind: a login must be quick.
sed -i '/pam_motd\|pam_mail\|pam_systemd/d' "$new"/etc/pam.d/sshd "$new"/etc/pam.d/common-session

# --- kernel settings
put /etc/sysctl.d/90-lab.conf <<'E'
net.ipv4.ip_forward=1
net.ipv6.conf.all.forwarding=1
E

# --- systemd: little, quiet, fast
put /etc/systemd/journald.conf.d/lab.conf <<'E'
[Journal]
Storage=volatile
RuntimeMaxUse=32M
RateLimitBurst=0
ForwardToConsole=no
E
put /etc/systemd/system.conf.d/lab.conf <<'E'
[Manager]
DefaultTimeoutStopSec=20s
E
: >"$new/etc/fstab"
echo LANG=C.UTF-8 >"$new/etc/default/locale"
: >"$new/etc/machine-id"
rm -f "$new/var/lib/dbus/machine-id" "$new/etc/hostname"
ln -sfn /lib/systemd/system/multi-user.target "$new/etc/systemd/system/default.target"
for u in getty.target getty@.service serial-getty@.service console-getty.service \
  autovt@.service apt-daily.timer apt-daily-upgrade.timer apt-daily.service \
  apt-daily-upgrade.service fstrim.timer e2scrub_all.timer e2scrub_reap.service \
  dpkg-db-backup.timer systemd-tmpfiles-clean.timer systemd-logind.service \
  systemd-resolved.service systemd-timesyncd.service systemd-pstore.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service \
  systemd-networkd-wait-online.service systemd-firstboot.service \
  systemd-machine-id-commit.service systemd-hwdb-update.service \
  modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service \
  modprobe@fuse.service modprobe@loop.service modprobe@efi_pstore.service \
  systemd-sysusers.service systemd-remount-fs.service kmod-static-nodes.service \
  sys-kernel-config.mount sys-fs-fuse-connections.mount \
  systemd-binfmt.service systemd-ask-password-wall.path \
  systemd-ask-password-console.path proc-sys-fs-binfmt_misc.automount \
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount \
  sys-kernel-tracing.mount; do
  ln -sfn /dev/null "$new/etc/systemd/system/$u"
done
# networkd is for the VM lab, which enables it itself.
rm -f "$new"/etc/systemd/system/*/systemd-networkd* "$new"/etc/systemd/system/dbus-org.freedesktop.network1.service

# --- Node
install -m 755 "$node" "$new/usr/local/bin/node"
strip --strip-unneeded "$new/usr/local/bin/node" 2>/dev/null || true
chroot "$new" /usr/local/bin/node -e 0

# --- what no lab needs
rm -rf "$new"/var/cache/apt/* "$new"/var/lib/apt/lists/* "$new"/var/log/* \
  "$new"/usr/share/man "$new"/usr/share/doc "$new"/usr/share/locale \
  "$new"/usr/share/info "$new"/lib/udev/hwdb.bin "$new"/usr/lib/udev/hwdb.d \
  "$new"/etc/resolv.conf "$new"/tmp/* "$new"/run/*
mkdir -p "$new/var/log/journal" "$new/var/cache/apt/archives/partial" "$new/var/lib/apt/lists/partial"
rmdir "$new/var/log/journal"

printf '%s\n' "$stamp" >"$new/.tree-stamp"
rm -rf "$out"
mv "$new" "$out"
trap - EXIT
say "ready: $out ($(du -sh "$out" | cut -f1))"
