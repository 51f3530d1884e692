#!/bin/sh
# Puts a static busybox where the sdk imports it from; needed before a build, not before `bst show`.
# Usage: ./prepare.sh [BUSYBOX]        (Debian, Ubuntu: apt install busybox-static)
set -eu
busybox=${1:-$(command -v busybox || true)}
[ -x "$busybox" ] || { echo "prepare.sh: no busybox found; install busybox-static, or name one" >&2; exit 1; }
target=$(dirname "$0")/subprojects/sdk/files/busybox/usr/bin
mkdir -p "$target"
cp -L "$busybox" "$target/busybox"
chmod 755 "$target/busybox"
ln -sf busybox "$target/sh"
# In the sandbox are no libraries of this machine: only a static program starts there.
if LC_ALL=C ldd "$target/busybox" >/dev/null 2>&1; then
  echo "prepare.sh: $busybox needs shared libraries; take the one of busybox-static" >&2
  rm -r "${target%/bin}"
  exit 1
fi
echo "prepare.sh: $target/busybox is in place"
