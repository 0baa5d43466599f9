#!/bin/sh
# How the far side ends processes: the first part of the text that far-side.sh is the second part of.

# Sets state, parent and group of a process; fails when it is gone. The name in the file may hold spaces and brackets.
describe() {
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  line=${line##*) }
  state=${line%% *} line=${line#* }
  parent=${line%% *} line=${line#* }
  group=${line%% *}
}

# Prints the processes at or below $1 that have no children of their own. Without /proc: $1.
leaves() {
  children=
  for entry in /proc/[0-9]*; do
    describe "${entry#/proc/}" || continue
    [ "$parent" = "$1" ] && [ "$state" != Z ] && children="$children ${entry#/proc/}"
  done
  if [ -z "$children" ]; then
    printf '%s\n' "$1"
  else
    for child_of in $children; do (leaves "$child_of"); done
  fi
}

# A process that has ended and waits to be collected is not alive; kill alone does not know the difference.
is_alive() {
  if describe "$1"; then [ "$state" != Z ]; else kill -0 "$1" 2>/dev/null; fi
}

pause() { sleep "$1" 2>/dev/null || sleep 1; }

# Ends process $1 and all below it, leaves first. $2: how many rounds of 0.1 s they have between TERM and KILL.
end_tree() {
  round=0 told=' '
  while is_alive "$1"; do
    for leaf in $(leaves "$1"); do
      if [ "$round" -ge "$2" ]; then
        kill -KILL "$leaf"
      elif [ "${told#* "$leaf" }" = "$told" ]; then
        kill -TERM "$leaf"
        told="$told$leaf "
      fi
    done 2>/dev/null
    # a shell that starts a new child for each that is ended: here nothing but its own end helps
    [ "$round" -lt "$(($2 + 5))" ] || kill -KILL "$1" 2>/dev/null
    if [ "$round" -lt 5 ]; then pause 0.02; else pause 0.1; fi
    round=$((round + 1))
  done
}

# Ends wrappers by nonce $1, which stands in the first line of their text; each is the leader of its own group.
end_by_nonce() {
  for entry in /proc/[0-9]*; do
    pid=${entry#/proc/}
    if [ "$pid" != $$ ] && describe "$pid" && [ "$group" = "$pid" ]; then
      { read -r text <"$entry/cmdline"; } 2>/dev/null
      case $text in *"$1"*) end_tree "$pid" 10 ;; esac
    fi
  done
}
