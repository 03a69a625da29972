#!/usr/bin/env bash
# What the container lab needs: Debian packages, a running Docker Engine, and the image of all hosts.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the lab}
declare -A needed=([dockerd]=docker.io [docker]=docker.io [debootstrap]=debootstrap [nft]=nftables [ip]=iproute2 [tcpdump]=tcpdump)
missing=()
for program in "${!needed[@]}"; do
  command -v "$program" >/dev/null || missing+=("${needed[$program]}")
done
if [ "$(id -u)" -ne 0 ]; then
  echo "コンテナのラボには root 権限が必要です。" >&2
  exit 2
fi
if [ ${#missing[@]} -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # --no-install-recommends leaves out what starts the engine with a bridge of its own, which no lab uses.
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if ! docker info >/dev/null 2>&1; then
  if [ -d /run/systemd/system ]; then
    systemctl start docker
  else
    # No bridge and no rules of Docker's own: labs bring their networks, images are built with the machine's.
    setsid dockerd --bridge=none --iptables=false --ip6tables=false >>/var/log/dockerd.log 2>&1 </dev/null &
    for _ in $(seq 100); do
      docker info >/dev/null 2>&1 && break
      sleep 0.2
    done
  fi
fi
docker info >/dev/null 2>&1 || {
  echo "Docker Engine が起動しません（記録: /var/log/dockerd.log）。" >&2
  exit 2
}
exec "$python" -P -m tools.lab_image
