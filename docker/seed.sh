#!/bin/sh
# Writes one host's K3s installation (the stand-in) into a directory that is
# laid over the host's root: binary, certificates, configuration, unit.
#
#   docker/seed.sh pki DIR                  make the lab's certificate authority
#   docker/seed.sh bundle FILE              bundle the stand-in
#   docker/seed.sh host DIR PKI BUNDLE NAME ADDRESS SHAPE BACKEND [JOIN_URL]
#
# SHAPE says where the setting lives:
#   config   server, /etc/rancher/k3s/config.yaml, starts the etcd cluster
#            (with JOIN_URL: joins it)
#   dropin   server, config.yaml.d/10-net.yaml, joins
#   unit     server, arguments in ExecStart as the installer writes them, joins
#   sqlite   server, config.yaml, alone
#   agent    agent, installed by environment
# The unit is enabled; so is lab-pod.service, which runs pod.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
token=lab-secret-token
quiet=traefik,servicelb,metrics-server,coredns,local-storage

pki() { # DIR
  mkdir -p "$1"
  [ ! -s "$1/ca.crt" ] || return 0
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj /CN=k3s-server-ca -keyout "$1/ca.key" -out "$1/ca.new" 2>/dev/null
  mv "$1/ca.new" "$1/ca.crt"
}

certificate() { # PKI SUBJECT EXTENSIONS KEY_FILE CERT_FILE
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj "$2" -keyout "$4" -out "$5.csr" 2>/dev/null
  printf '%s\n' "$3" >"$5.ext"
  openssl x509 -req -in "$5.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" \
    -set_serial "0x$(openssl rand -hex 8)" -days 3650 -extfile "$5.ext" -out "$5" 2>/dev/null
  rm -f "$5.csr" "$5.ext"
}

certificates() { # DIR PKI NAME ADDRESS ROLE
  data=$1/var/lib/rancher/k3s
  mkdir -p "$data/agent"
  chmod 700 "$data/agent"
  cp "$2/ca.crt" "$data/agent/server-ca.crt"
  certificate "$2" "/O=system:nodes/CN=system:node:$3" 'extendedKeyUsage=clientAuth' \
    "$data/agent/client-kubelet.key" "$data/agent/client-kubelet.crt"
  [ "$5" = server ] || return 0
  tls=$data/server/tls
  mkdir -p "$tls"
  chmod 700 "$data/server"
  cp "$2/ca.crt" "$tls/server-ca.crt"
  cp "$2/ca.crt" "$tls/client-ca.crt"
  certificate "$2" /CN=kube-apiserver \
    "subjectAltName=DNS:kubernetes,DNS:localhost,DNS:$3,IP:127.0.0.1,IP:$4" \
    "$tls/serving-kube-apiserver.key" "$tls/serving-kube-apiserver.crt"
  printf '%s\n' "$token" >"$data/server/token"
  chmod 600 "$data/server/token"
}

binary() { # DIR BUNDLE
  mkdir -p "$1/usr/local/bin" "$1/usr/local/lib/k3s" "$1/usr/local/sbin"
  cp "$2" "$1/usr/local/lib/k3s/k3s.cjs"
  cat >"$1/usr/local/bin/k3s" <<'W'
#!/bin/sh
exec /usr/local/bin/node --max-old-space-size=64 /usr/local/lib/k3s/k3s.cjs "$@"
W
  install -m 755 "$here/pod.sh" "$1/usr/local/sbin/lab-pod"
  chmod 755 "$1/usr/local/bin/k3s"
}

unit() { # DIR UNIT ROLE [ARGUMENT …]: as the installer writes it
  dir=$1 name=$2 role=$3
  shift 3
  system=$dir/etc/systemd/system
  mkdir -p "$system/multi-user.target.wants"
  {
    cat <<U
[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-/etc/systemd/system/$name.service.env
KillMode=process
Delegate=yes
User=root
# Having non-zero Limit*s causes performance problems due to accounting overhead
# in the kernel. We recommend using cgroups to do container-local accounting.
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s \\
    $role \\
U
    for argument in "$@"; do printf "\t'%s' \\\\\n" "$argument"; done
    echo
  } >"$system/$name.service"
  : >"$system/$name.service.env"
  chmod 600 "$system/$name.service.env"
  cat >"$system/lab-pod.service" <<'U'
[Unit]
Description=A pod-like endpoint of the lab
After=k3s.service k3s-agent.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-pod
U
  ln -sf "/etc/systemd/system/$name.service" "$system/multi-user.target.wants/$name.service"
  ln -sf /etc/systemd/system/lab-pod.service "$system/multi-user.target.wants/lab-pod.service"
}

host() { # DIR PKI BUNDLE NAME ADDRESS SHAPE BACKEND [JOIN_URL]
  dir=$1 pki=$2 bundle=$3 name=$4 address=$5 shape=$6 backend=$7 join=${8:-}
  config=$dir/etc/rancher/k3s
  mkdir -p "$config"
  role=server
  if [ "$shape" = agent ]; then role=agent; fi
  certificates "$dir" "$pki" "$name" "$address" "$role"
  binary "$dir" "$bundle"
  case $shape in
  config)
    first='cluster-init: true'
    if [ -n "$join" ]; then first="server: $join"; fi
    cat >"$config/config.yaml" <<C
# managed by hand
token: $token
$first
flannel-backend: $backend   # see wiki
write-kubeconfig-mode: "0644"
disable: [$quiet]
C
    unit "$dir" k3s server
    ;;
  dropin)
    cat >"$config/config.yaml" <<C
token: $token
server: $join
disable: [$quiet]
C
    mkdir -p "$config/config.yaml.d"
    printf -- '---\n# network\n"flannel-backend": "%s"\n' "$backend" >"$config/config.yaml.d/10-net.yaml"
    unit "$dir" k3s server
    ;;
  unit)
    unit "$dir" k3s server --server "$join" --flannel-backend "$backend" "--disable=$quiet"
    echo "K3S_TOKEN='$token'" >"$dir/etc/systemd/system/k3s.service.env"
    ;;
  sqlite)
    cat >"$config/config.yaml" <<C
flannel-backend: $backend
disable: [$quiet]
token: $token
node-ip: $address
C
    unit "$dir" k3s server
    ;;
  agent)
    unit "$dir" k3s-agent agent
    printf "K3S_TOKEN='%s'\nK3S_URL='%s'\n" "$token" "$join" \
      >"$dir/etc/systemd/system/k3s-agent.service.env"
    ;;
  *) echo "seed: unknown shape $shape" >&2; exit 1 ;;
  esac
}

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
pki) pki "$@" ;;
bundle) cd "$here/.." && node docker/bundle.mjs "$@" ;;
host) host "$@" ;;
*) sed -n '2,/^set -eu/p' "$0" | sed '$d;s/^# \{0,1\}//' >&2; exit 2 ;;
esac
