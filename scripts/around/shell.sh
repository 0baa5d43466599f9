#!/bin/sh
# Runs a command of a person's and watches that it does not outlive Holdfast: sh -c SCRIPT holdfast COMMAND. POSIX sh.
# It leads the process group of everything that the command starts. Descriptor 3 is a pipe whose other end Holdfast holds:
# when Holdfast is gone, even by kill -9, the whole group is ended: TERM, after five seconds KILL.
# TERM is caught here, so that this shell stays until the command has ended: a child gets it as it was.

trap : TERM INT HUP
{
  trap '' TERM INT HUP
  read -r _ <&3
  kill -s TERM -- "-$$"
  sleep 5
  kill -s KILL -- "-$$"
} >/dev/null 2>&1 &
watcher=$!
sh -c "$1" 3<&- 2>&1
code=$?
{ kill -s KILL "$watcher" && wait "$watcher"; } 2>/dev/null
exit "$code"
