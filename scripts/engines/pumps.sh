#!/bin/sh
# What stands between standard input and the program while it runs: the second part of the text that far-side.sh is the
# third part of. Descriptors and modes are told there. A pump is a child of the shell that waits for the program; it
# knows the program as "child", that shell knows the pump as "pumping".
# shellcheck disable=SC2154 # mode, expected, child, code and pumping are set by far-side.sh

# Exactly $1 bytes and not one more, or what comes before the end.
take() {
  [ "$1" -lt 65536 ] || dd bs=65536 count="$(($1 / 65536))" iflag=fullblock
  [ "$(($1 % 65536))" -eq 0 ] || dd bs="$(($1 % 65536))" count=1 iflag=fullblock
} 2>/dev/null

# The life line has nothing more to say: it can only end. On this machine we lead a process group of our own, and
# process 1 minds nothing.
watch() {
  read -r _ <&9
  trap '' TERM
  case $mode in
  host | feed)
    kill -TERM -$$
    rounds=20
    while [ "$rounds" -gt 0 ] && is_alive "$child"; do
      pause 0.1
      rounds=$((rounds - 1))
    done
    kill -KILL -$$
    ;;
  *) end_tree "$child" 15 ;;
  esac
}

# Copies the life line to standard output until it ends or we are told to stop. Every pump that has children notes TERM
# instead of dying by it: a child that it had just started would be left alone.
cat_until_stopped() {
  cat <&9 &
  copying=$!
  while [ -z "$stopped" ] && is_alive "$copying"; do wait "$copying"; done
  # more than once, as a child that has just been born may lose a signal, and a signal to us ends the wait
  while kill "$copying"; do wait "$copying"; done
}

# The announced input, then the life line. When the program takes no more, the rest is thrown away.
feed() {
  stopped=
  trap 'stopped=yes' TERM
  exec 7>/dev/fd/6 6>&-
  facts=$({ take "$expected" <&9 | { tee /dev/fd/7 || printf 'refused ' >&8; } | hash input; } 8>&1)
  case $facts in
  *refused*) cat_until_stopped >/dev/null ;;
  *)
    read -r promised <&9
    if [ "$facts" = "input=$promised" ]; then
      printf '%s\n' "$facts" >&5
      exec 7>&-
      trap - TERM
      [ -n "$stopped" ] || watch
    fi
    ;;
  esac
  [ -n "$stopped" ] || end_tree "$child" 15
}

# What is said to the program; when no more is said it has five seconds to finish.
relay() {
  stopped=
  trap 'stopped=yes' TERM
  exec 7>/dev/fd/6 6>&-
  cat_until_stopped >&7
  exec 7>&-
  rounds=50
  while [ "$rounds" -gt 0 ] && [ -z "$stopped" ] && is_alive "$child"; do
    pause 0.1
    rounds=$((rounds - 1))
  done
  [ -n "$stopped" ] || end_tree "$child" 15
}

# What stands between standard input and the program while it runs.
pump() {
  case $mode-$expected in
  open-*) relay ;;
  sealed-0 | host-* | feed-*) watch ;;
  *) feed ;;
  esac
}

# A pump that feeds has some time, as it may have the last byte to account for; less of it when the program failed.
end_pump() {
  case $mode-$expected in
  sealed-0 | host-*) kill "$pumping" ;;
  # of this signal alone no shell says anything
  feed-*) kill -PIPE "$pumping" "$feeder" "$keeper" ;;
  *)
    {
      if [ "$code" -eq 0 ]; then rounds=25; else rounds=8; fi
      while [ "$rounds" -gt 0 ] && is_alive "$pumping"; do
        kill "$pumping"
        if [ "$rounds" -gt 20 ]; then pause 0.01; else pause 0.1; fi
        rounds=$((rounds - 1))
      done
      end_tree "$pumping" 0
    } &
    ;;
  esac
  wait
} 2>/dev/null
