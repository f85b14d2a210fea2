#!/bin/sh
# Makes what a CNI plugin would make for one pod: the bridge cni0 with the
# node's subnet (.1) and Flannel's MTU of this moment, and a network namespace
# `pod` with address .10. Waits for Flannel's subnet file. Run again, it does
# nothing: bridge and pod keep the MTU that they were made with.
set -eu
file=/run/flannel/subnet.env
while [ ! -s "$file" ]; do sleep 0.2; done
. "$file"
if ip netns list | grep -qw pod; then exit 0; fi
gateway=${FLANNEL_SUBNET%/*}
pod=${gateway%.*}.10
if ! ip link show cni0 >/dev/null 2>&1; then
  ip link add cni0 mtu "$FLANNEL_MTU" type bridge
  ip addr add "$FLANNEL_SUBNET" dev cni0
  ip link set cni0 up
fi
ip netns add pod
ip link add vpod mtu "$FLANNEL_MTU" type veth peer name eth0 netns pod mtu "$FLANNEL_MTU"
ip link set vpod master cni0 up
ip -n pod addr add "$pod/24" dev eth0
ip -n pod link set lo up
ip -n pod link set eth0 up
ip -n pod route add default via "$gateway"
