#!/bin/sh
# Starts the program of this system. It restores the execute bit, which some hosts lose when they unpack the bundle.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
case "$(uname -s)/$(uname -m)" in
  Darwin/*) program=$here/darwin/gumroad-mcp ;;
  Linux/x86_64) program=$here/linux-x64/gumroad-mcp ;;
  Linux/aarch64 | Linux/arm64) program=$here/linux-arm64/gumroad-mcp ;;
  *)
    echo "gumroad-mcp: there is no build for $(uname -s) $(uname -m)" >&2
    exit 1
    ;;
esac
[ -x "$program" ] || chmod +x "$program"
exec "$program" "$@"
