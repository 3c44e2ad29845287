#!/bin/sh
# One node's part of the pod network: a bridge with addresses from the node's own podCIDR, and a route to each other
# node's. One long watch, so that it costs nothing while nodes neither come nor go.
TEMPLATE='{{.metadata.name}} {{.spec.podCIDR}} {{range .status.addresses}}{{if eq .type "InternalIP"}}{{.address}} {{end}}{{end}}{{"\n"}}'
CONFIGURATION=/etc/cni/net.d/10-pod-network.conflist

configure() {
  cat >/etc/cni/net.d/.new <<JSON
{"cniVersion": "0.4.0", "name": "pod-network", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true, "mtu": 1500,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$1"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  mv /etc/cni/net.d/.new "$CONFIGURATION"
  echo "this node: $1"
}

# Pods see each other's own addresses, on other nodes too; only what leaves for elsewhere takes the node's.
nft -f - <<RULES
table ip pod-network
delete table ip pod-network
table ip pod-network {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr $POD_SUBNET ip daddr != $POD_SUBNET masquerade
  }
}
RULES

while :; do
  kubectl get nodes --watch -o go-template="$TEMPLATE" | while read -r name cidr address _; do
    case "$cidr" in */*) ;; *) continue ;; esac
    if [ "$name" = "$NODE_NAME" ]; then
      [ -f "$CONFIGURATION" ] || configure "$cidr"
    else
      ip route replace "$cidr" via "$address"
    fi
  done
  sleep 1
done
