# shellcheck shell=bash
# How the scripts speak: one line a step with the seconds since the start, and failures that say how to mend them.

: "${PROGRESS_START:=$(date +%s)}"
export PROGRESS_START              # a script called by another one goes on counting

say() { printf '%s: [%3ds] %s\n' "${PROGRESS_NAME:-cluster}" "$(($(date +%s) - PROGRESS_START))" "$*" >&2; }

# fail WHAT HOW: ends the script
fail() {
  say "FAILED: $1"
  if [ -n "${2:-}" ]; then say "  to mend it: $2"; fi
  exit 1
}

# need PROGRAM HOW: a program that must be on PATH
need() { command -v "$1" >/dev/null || fail "$1 is missing" "$2"; }

# wait_for SECONDS COMMAND...: true as soon as the command is
wait_for() {
  local deadline=$(($(date +%s) + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# recipe FILE-OR-FOLDER... : a short hash of names and contents. Words that are no files are hashed as they are.
recipe() {
  local item
  for item in "$@"; do
    if [ -e "$item" ]; then
      find "$item" -type f -printf '%P %m ' -exec sha256sum {} \; | sed 's# /.*##' | LC_ALL=C sort
    else
      echo "$item"
    fi
  done | sha256sum | cut -c1-12
}
