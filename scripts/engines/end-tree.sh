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

# A process that has ended and waits to be collected is not alive; kill alone does not know the difference.
is_alive() {
  if describe "$1"; then [ "$state" != Z ]; else kill -0 "$1" 2>/dev/null; fi
}

# Prints process $1 and all below it, or with "leaves" as $2 those of them that have no children. Without /proc: $1.
tree() {
  children=
  for entry in /proc/[0-9]*; do
    describe "${entry#/proc/}" || continue
    [ "$parent" = "$1" ] && [ "$state" != Z ] && children="$children ${entry#/proc/}"
  done
  if [ -z "$children" ] || [ "$2" != leaves ]; then printf '%s\n' "$1"; fi
  for below in $children; do (tree "$below" "$2"); done
}

pause() { sleep "$1" 2>/dev/null || sleep 1; }

# Sends signal $1 to process $2, but not when it has a child by now, that nobody would know of afterwards.
tell_leaf() {
  kill -STOP "$2"
  [ "$(tree "$2" leaves)" != "$2" ] || kill "-$1" "$2"
  kill -CONT "$2"
} 2>/dev/null

# Ends process $1 and all below it, leaves first. $2: how many rounds of 0.1 s they have between TERM and KILL.
end_tree() {
  round=0 told=' '
  while is_alive "$1"; do
    for leaf in $(tree "$1" leaves); do
      if [ "$round" -ge "$2" ]; then
        tell_leaf KILL "$leaf"
      elif [ "${told#* "$leaf" }" = "$told" ]; then
        tell_leaf TERM "$leaf"
        told="$told$leaf "
      fi
    done
    if [ "$round" -ge "$(($2 + 5))" ]; then end_at_once "$1"; fi
    if [ "$round" -lt 5 ]; then pause 0.02; else pause 0.1; fi
    round=$((round + 1))
  done
}

# For a shell that starts a new child for each one that is ended. Stopped first, so that no more are born.
end_at_once() {
  for one in $(tree "$1" all); do kill -STOP "$one"; done
  for one in $(tree "$1" all); do kill -KILL "$one"; done
} 2>/dev/null

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
