#!/usr/bin/env bash
# Debian packages that the toolkit can use. Root installs them; without root they are named and done without.
set -euo pipefail
declare -A needed=([nmap]=nmap [nft]=nftables)
missing=()
for program in "${!needed[@]}"; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing+=("${needed[$program]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; } ||
    echo "注意: ${missing[*]} を導入できませんでした。なしで続行します。" >&2
else
  echo "注意: 次のパッケージは root でのみ導入できます（なしで続行します）: ${missing[*]}" >&2
fi
