#!/bin/sh
# Everything that can be known without running the product.
set -eu
cd "$(dirname -- "$0")/.."
PATH=$PWD/.toolchain:$PWD/node_modules/.bin:$PATH

step() {
  printf '%s: ' "$1"
  shift
  if output=$("$@" 2>&1); then echo ok; else
    status=$?
    printf 'failed\n%s\n' "$output"
    exit $status
  fi
}

shell_check() {
  if ! command -v shellcheck >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      { apt-get update -qq && apt-get install -y -qq shellcheck; } >/dev/null 2>&1
    fi
  fi
  command -v shellcheck >/dev/null || {
    echo 'shellcheck is not installed: install it with your package manager'
    return 1
  }
  # shellcheck disable=SC2046 # no file name of ours has a blank
  shellcheck holdfast .ci/run $(git ls-files --cached --others --exclude-standard -- '*.sh')
}

step 'type check' tsc --noEmit
step 'lint, format, layering' biome check --error-on-warnings .
step 'unused code' knip
step 'shell check' shell_check
