# shellcheck shell=bash disable=SC2034
# What the local cluster is made of (versions) and where it is kept (paths). Sourced by the scripts beside it.
# Nothing is decided here and nothing is done, except that the folders exist.

CLUSTER_NAME=sincro
NETWORK=kind                       # the Docker network that kind puts its nodes on

# Kubernetes 1.34 and kind 0.30 are the newest pair that still accepts a host with cgroup v1 without flags.
KUBERNETES=1.34.4
KIND=0.30.0
COREDNS=1.12.1                     # the version kubeadm 1.34 asks for; so are the next two
ETCD_TAG=3.6.5-0
PAUSE_TAG=3.10.1
LOCAL_PATH=0.0.30
REGISTRY=3.1.2
HELM=3.19.5
KINDEST_NODE="kindest/node:v1.34.0" # kind 0.30's own default, used where it can be pulled

REGISTRY_IMAGE="sincro/registry:$REGISTRY"

CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/sincro"
GROUND="$CACHE/cluster"            # everything here can be rebuilt
BIN="$GROUND/bin"                  # programs built from packages
ENGINE="$GROUND/engine"            # the project's own Docker engine: data, socket, log
OWN_KUBECONFIG="$GROUND/kubeconfig"
OWN_DOCKER_HOST="unix://$ENGINE/docker.sock"
MODE_FILE="$GROUND/mode"           # what the running cluster stands on: "docker" (the user's) or "packages" (our own)
LOCK="$GROUND/lock"

CLUSTER_SCRIPTS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$BIN" "$ENGINE"

# The mode in force: what the user says, or else what the last `up` found.
cluster_mode() {
  case "${CLUSTER:-}" in
    existing | docker | packages) echo "$CLUSTER" ;;
    "") cat "$MODE_FILE" 2>/dev/null || echo unknown ;;
    *) echo "CLUSTER=$CLUSTER: expected existing, docker, packages or nothing" >&2; return 2 ;;
  esac
}

# Exports what a command needs to reach the cluster and the engine under a mode (see cluster_mode).
enter_mode() {
  case "$1" in
    existing)
      PATH="$PATH:$BIN" ;;
    docker)
      [ "${DOCKER_HOST:-}" != "$OWN_DOCKER_HOST" ] || unset DOCKER_HOST
      export KUBECONFIG="$OWN_KUBECONFIG" PATH="$PATH:$BIN" ;;
    packages)
      export KUBECONFIG="$OWN_KUBECONFIG" DOCKER_HOST="$OWN_DOCKER_HOST" DOCKER_BUILDKIT=1 PATH="$BIN:$PATH" ;;
  esac
}
