# What both labs put on a host: the stand-in K3s in the shape of the installer
# (binary, unit, environment file, configuration). Sourced by the labs' scripts
# with $root set to the repository:
#
#   bundle_standin OUT.js                     one file from src/lab/standin
#   install_k3s DIR ROLE OUT.js [TOKEN URL]   ROLE: server, agent
#
# `DIR` is the host's root directory; configuration is the caller's.

bundle_standin() { # OUT
  entry=
  for name in main cli k3s index; do
    if [ -f "$root/src/lab/standin/$name.ts" ]; then
      entry=$root/src/lab/standin/$name.ts
      break
    fi
  done
  [ -n "$entry" ] || return 1
  "$root/node_modules/.bin/esbuild" "$entry" --bundle --platform=node --target=node20 \
    --format=cjs --minify-whitespace --log-level=warning --outfile="$1"
}

install_k3s() { # DIR ROLE BUNDLE [TOKEN URL]
  case $2 in
  server) service=k3s ;;
  agent) service=k3s-agent ;;
  esac
  mkdir -p "$1/usr/local/bin" "$1/usr/local/lib/k3s" "$1/etc/rancher/k3s" \
    "$1/etc/systemd/system/multi-user.target.wants"
  install -m 644 "$3" "$1/usr/local/lib/k3s/k3s.js"
  cat >"$1/usr/local/bin/k3s" <<'E'
#!/bin/sh
exec /usr/local/bin/node /usr/local/lib/k3s/k3s.js "$@"
E
  chmod 755 "$1/usr/local/bin/k3s"
  ln -sfn k3s "$1/usr/local/bin/kubectl"
  {
    cat <<'E'
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
E
    echo "EnvironmentFile=-/etc/systemd/system/$service.service.env"
    cat <<'E'
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
ExecStart=/usr/local/bin/k3s \
E
    printf '    %s \\\n\n\n' "$2"
  } >"$1/etc/systemd/system/$service.service"
  {
    [ -z "${4:-}" ] || echo "K3S_TOKEN='$4'"
    [ -z "${5:-}" ] || echo "K3S_URL='$5'"
  } >"$1/etc/systemd/system/$service.service.env"
  chmod 600 "$1/etc/systemd/system/$service.service.env"
  ln -sfn "/etc/systemd/system/$service.service" \
    "$1/etc/systemd/system/multi-user.target.wants/$service.service"
}
