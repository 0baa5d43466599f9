#!/bin/sh
# The part of Holdfast that runs where the program runs. It is handed over as text, behind that of end-tree.sh and
# pumps.sh: sh -c SCRIPT holdfast MODE NONCE BYTES PROGRAM [ARGUMENT...]. POSIX sh (dash, busybox ash); of tools it needs
# cat, dd, tee, sleep and sha256sum, and takes openssl instead of sha256sum where it is there: it is several times as
# fast.
#
# Modes:
#   sealed  The first BYTES bytes of standard input go to the program, then a line with their sha256 is expected; what
#           remains of standard input is the life line. The program's output is followed by the seal: see "main".
#   open    A conversation: standard input goes to the program until it ends, and is the life line as well.
#   host    This machine: the program has our standard input and output itself; descriptor 3 is the life line.
#   feed    As host, but the program sees the end of its input only after a line has come in on descriptor 4, where
#           "taken" is answered when the program took all.
#   end     Ends the wrapper whose NONCE is given, and all below it.
#
# Obligations:
# - When the life line ends before the program does, the program is ended (TERM, after two seconds KILL). It never sees
#   the end of an input that was cut short, so that no restore tool takes half of its input for the whole.
# - No process is left to process 1 to collect, unless nothing else helps. A PostgreSQL server that is process 1 of its
#   container restarts all of its sessions when a process that it does not know dies by a signal. So every shell here
#   waits for its children, and a tree of processes is ended from its leaves. (A shell script as program thus sees its
#   current command fail; it must not go on after that: set -e, or && between the commands.)
# - Nothing needs bash, mkfifo, pipefail, setsid, ps, or a folder that can be written.
#
# Descriptors: 3 the program's input, 4 our real output, 5 facts for the seal, 6 a pipe with both ends open, 7 the
# writing end of the program's input, 8 the program's secret file, 9 the life line. The program keeps 0, 1, 2 and 8.

# shellcheck disable=SC2034 # feeder, keeper and pumping are read by pumps.sh

mode=$1 nonce=$2 expected=$3
shift 3

# Becomes the program. What it must not see is closed; its secret comes through a pipe, never from a file.
program() {
  if [ -n "${HOLDFAST_SECRET_FILE+set}" ]; then
    secret=$HOLDFAST_SECRET_FILE
    unset HOLDFAST_SECRET_FILE
    # this shell waits for the pipe below: what it keeps open would keep the program's input from ending
    exec 4>&- 5>&- 6>&- 7>&- 9<&-
    printf '%s' "$secret" | {
      exec 8<&0
      exec "$@" <&3 3<&- 4>&- 5>&- 6>&- 7>&- 9<&-
    }
  else
    exec "$@" <&3 3<&- 4>&- 5>&- 6>&- 7>&- 9<&-
  fi
}

hash() {
  if command -v openssl >/dev/null; then sum=$(openssl dgst -sha256 -r); else sum=$(sha256sum); fi
  printf '%s=%s\n' "$1" "${sum%% *}"
}

# The number in dd's last line, "123 bytes copied", because wc -c of busybox takes ten times as long; but not every
# busybox has that line.
count() {
  case $(dd of=/dev/null 2>&1 </dev/null) in
  *bytes*) report=$(LC_ALL=C dd bs=65536 of=/dev/null 2>&1) report=${report%% bytes*} ;;
  *) report=$(wc -c) ;;
  esac
  printf 'bytes=%s\n' "${report##*[!0-9]}"
}

# Runs the program and its pump; writes code= to 5. Standard input is a pipe without a writer, in mode feed the data.
run() {
  case $mode-$expected in
  host-*) ;;
  feed-*) read -r feeder keeper && exec 3<&0 ;;
  sealed-0) exec 3</dev/null ;;
  *) exec 6<>/dev/fd/0 3</dev/fd/6 </dev/null ;;
  esac
  program "$@" &
  child=$!
  exec 3<&-
  {
    # not around the call: a shell keeps copies of what it redirects there
    exec </dev/null >/dev/null 2>&1
    pump
  } &
  pumping=$!
  exec 6>&-
  { wait "$child"; } 2>/dev/null
  code=$?
  end_pump
  printf 'code=%s\n' "$code" >&5
}

# Stays until the life line ends, for at most five seconds: who has read the seal ends it. podman drops output that is on
# its way when a program ends that has not read all of its input (seen with 4.3, in every third run).
hear_out() {
  cat <&9 >/dev/null &
  hearing=$!
  {
    rounds=0
    while [ "$rounds" -lt 60 ] && is_alive "$hearing"; do
      if [ "$rounds" -lt 10 ]; then pause 0.01; else pause 0.1; fi
      rounds=$((rounds + 1))
    done
    kill "$hearing"
  } 2>/dev/null &
  wait
} 2>/dev/null

# Sets code, bytes, sha256 and input from the facts that were gathered.
settle() {
  code=255 bytes=- sha256=- input=-
  for fact in $1; do
    case $fact in
    code=*) code=${fact#*=} ;;
    bytes=*) bytes=${fact#*=} ;;
    sha256=*) sha256=${fact#*=} ;;
    input=*) input=${fact#*=} ;;
    esac
  done
}

main() {
  case $mode in
  sealed)
    exec 4>&1 9<&0 </dev/null
    # Copies go only into pipes that this very shell made: the real output may belong to another user, and can then
    # be written, but not be opened by its path.
    settle "$({ { { : | run "$@" 3>&- 6>&- | tee /dev/fd/3 /dev/fd/6 >&4; } 3>&1 | hash sha256 >&5; } 6>&1 |
      count >&5; } 5>&1)"
    printf '\nholdfast-seal %s %3s %20s %64s %64s\n' "$nonce" "$code" "$bytes" "$sha256" "$input"
    hear_out
    exit 0
    ;;
  open)
    exec 4>&1 9<&0 </dev/null
    settle "$({ : | run "$@" >&4; } 5>&1)"
    ;;
  host)
    exec 9<&3 3<&0 4>&1
    settle "$(run "$@" 5>&1 >&4)"
    ;;
  feed)
    exec 9<&3 6<&4 4>&1
    # The keeper says when all input was taken, and holds the pipe open until the line has come; when it can never
    # come, until all is ended.
    # shellcheck disable=SC2016 # expanded by the inner shell
    settle "$({ {
      sh -c 'printf "%s %s\n" "$$" "$PPID"; exec cat' 3<&- 4>&- 5>&- 6<&- 9<&- && printf 'taken\n' >&6 2>/dev/null
      read -r _ <&6 || sleep 9
    } | run "$@" 6<&- >&4; } 5>&1)"
    ;;
  end) end_by_nonce "$nonce" && exit 0 ;;
  esac
  exit "$code"
}

main "$@"
