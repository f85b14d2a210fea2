#!/bin/sh
# The first process of a lab machine (see lab.sh). At the first boot it unpacks
# what makes the machine itself, a tar file on the second disk; at every boot
# it brings up eth0; then systemd takes over.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
if [ ! -e /.lab-seeded ]; then
  tar -xpf /dev/nvme1n1 -C / --numeric-owner && : >/.lab-seeded
  sync
fi
modprobe virtio_pci
modprobe virtio_net
. /etc/lab-net
ip link set lo up
ip link set eth0 up
ip addr add "$ADDRESS/24" dev eth0
ip route add default via "$GATEWAY"
exec /sbin/init
