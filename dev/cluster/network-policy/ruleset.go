package main

// Which connections the NetworkPolicies of a cluster allow to and from the pods of one node, as a ruleset for nft.
// Pure: what is known of the cluster in, text out. IPv4 only, as the cluster is.

import (
	"fmt"
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Table is the name under which the rules stand in the kernel.
const Table = "network-policy"

// World is what the decision needs to know.
type World struct {
	Node       string
	Pods       []*core.Pod
	Namespaces map[string]labels.Set // by name
	Policies   []*networking.NetworkPolicy
}

// Ruleset replaces the whole table in one transaction. A connection that is refused gets an answer (ICMP "prohibited"), so
// that whoever tries it learns at once; an established one goes on.
func Ruleset(world World) string {
	var chains strings.Builder
	jumps := map[networking.PolicyType][]string{}
	for _, pod := range world.sortedPods() {
		if pod.Spec.NodeName != world.Node {
			continue
		}
		for _, direction := range []networking.PolicyType{networking.PolicyTypeEgress, networking.PolicyTypeIngress} {
			policies := world.selecting(pod, direction)
			if len(policies) == 0 {
				continue // not isolated in this direction
			}
			name := fmt.Sprintf("%s-%s", strings.ToLower(string(direction)), strings.ReplaceAll(pod.Status.PodIP, ".", "-"))
			jumps[direction] = append(jumps[direction], fmt.Sprintf("%s : jump %s", pod.Status.PodIP, name))
			fmt.Fprintf(&chains, "  chain %s { # %s/%s\n", name, pod.Namespace, pod.Name)
			for _, policy := range policies {
				for _, rule := range world.rules(policy, pod, direction) {
					fmt.Fprintf(&chains, "    %s return\n", rule)
				}
			}
			chains.WriteString("    reject with icmp type admin-prohibited\n  }\n")
		}
	}
	leaving, entering := verdicts("saddr", jumps[networking.PolicyTypeEgress]), verdicts("daddr", jumps[networking.PolicyTypeIngress])
	return fmt.Sprintf(`table ip %[1]s
delete table ip %[1]s
table ip %[1]s {
%[2]s  chain forward {
    type filter hook forward priority -10; policy accept;
    ct state established,related accept
%[3]s%[4]s  }
  chain input { # a pod's connections to its own node
    type filter hook input priority -10; policy accept;
    ct state established,related accept
%[3]s  }
}
`, Table, chains.String(), leaving, entering)
}

func verdicts(field string, jumps []string) string {
	if len(jumps) == 0 {
		return ""
	}
	return fmt.Sprintf("    ip %s vmap { %s }\n", field, strings.Join(jumps, ", "))
}

// The pods that have an address of their own, in a stable order.
func (world World) sortedPods() []*core.Pod {
	var found []*core.Pod
	for _, pod := range world.Pods {
		ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if !pod.Spec.HostNetwork && pod.Status.PodIP != "" && !ended {
			found = append(found, pod)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Status.PodIP < found[j].Status.PodIP })
	return found
}

func (world World) selecting(pod *core.Pod, direction networking.PolicyType) []*networking.NetworkPolicy {
	var found []*networking.NetworkPolicy
	for _, policy := range world.Policies {
		if policy.Namespace != pod.Namespace || !matches(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		for _, kind := range policy.Spec.PolicyTypes {
			if kind == direction {
				found = append(found, policy)
			}
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// One match for each combination of peers and ports that a policy allows.
func (world World) rules(policy *networking.NetworkPolicy, pod *core.Pod, direction networking.PolicyType) []string {
	var found []string
	if direction == networking.PolicyTypeIngress {
		for _, rule := range policy.Spec.Ingress {
			for _, peer := range world.peers(policy.Namespace, rule.From) {
				// a named port is one of the pod's own
				for _, ports := range portMatches(rule.Ports, []*core.Pod{pod}) {
					found = append(found, strings.TrimSpace(peer.match("saddr")+" "+ports.match))
				}
			}
		}
		return found
	}
	for _, rule := range policy.Spec.Egress {
		for _, peer := range world.peers(policy.Namespace, rule.To) {
			// a named port is one of each pod that is reached, and may differ from pod to pod
			for _, ports := range portMatches(rule.Ports, peer.pods) {
				if ports.pods != nil {
					found = append(found, addresses(ports.pods).match("daddr")+" "+ports.match)
				} else {
					found = append(found, strings.TrimSpace(peer.match("daddr")+" "+ports.match))
				}
			}
		}
	}
	return found
}

// Peers are pods, or a block of addresses; everybody where both are empty.
type peers struct {
	everybody bool
	pods      []*core.Pod
	block     *networking.IPBlock
}

func addresses(pods []*core.Pod) peers { return peers{pods: pods} }

func (p peers) match(field string) string {
	switch {
	case p.everybody:
		return ""
	case p.block != nil:
		text := fmt.Sprintf("ip %s %s", field, p.block.CIDR)
		if len(p.block.Except) > 0 {
			text += fmt.Sprintf(" ip %s != { %s }", field, strings.Join(p.block.Except, ", "))
		}
		return text
	}
	var list []string
	for _, pod := range p.pods {
		list = append(list, pod.Status.PodIP)
	}
	return fmt.Sprintf("ip %s { %s }", field, strings.Join(list, ", "))
}

// An empty list means everybody; a selector that finds no pod means nobody.
func (world World) peers(namespace string, from []networking.NetworkPolicyPeer) []peers {
	all := world.sortedPods()
	if len(from) == 0 {
		return []peers{{everybody: true, pods: all}}
	}
	var found []peers
	var selected []*core.Pod
	for _, peer := range from {
		if peer.IPBlock != nil {
			if !strings.Contains(peer.IPBlock.CIDR, ":") {
				found = append(found, peers{block: peer.IPBlock})
			}
			continue
		}
		for _, pod := range all {
			inNamespace := pod.Namespace == namespace
			if peer.NamespaceSelector != nil {
				inNamespace = matches(peer.NamespaceSelector, world.Namespaces[pod.Namespace])
			}
			if inNamespace && (peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)) {
				selected = append(selected, pod)
			}
		}
	}
	if len(selected) > 0 {
		found = append(found, addresses(unique(selected)))
	}
	return found
}

func unique(pods []*core.Pod) []*core.Pod {
	seen := map[string]bool{}
	var found []*core.Pod
	for _, pod := range pods {
		if !seen[pod.Status.PodIP] {
			seen[pod.Status.PodIP] = true
			found = append(found, pod)
		}
	}
	return found
}

// What a list of ports means to nft; `pods` is set where it holds for these pods only (a named port).
type portMatch struct {
	match string
	pods  []*core.Pod
}

func portMatches(ports []networking.NetworkPolicyPort, named []*core.Pod) []portMatch {
	if len(ports) == 0 {
		return []portMatch{{}}
	}
	var found []portMatch
	for _, port := range ports {
		protocol := core.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		name := strings.ToLower(string(protocol))
		switch {
		case port.Port == nil:
			found = append(found, portMatch{match: "meta l4proto " + name})
		case port.Port.Type == intstr.String:
			byNumber := map[int32][]*core.Pod{}
			for _, pod := range named {
				for _, container := range pod.Spec.Containers {
					for _, own := range container.Ports {
						if own.Name == port.Port.StrVal && own.Protocol == protocol {
							byNumber[own.ContainerPort] = append(byNumber[own.ContainerPort], pod)
						}
					}
				}
			}
			for number, pods := range byNumber {
				found = append(found, portMatch{match: fmt.Sprintf("%s dport %d", name, number), pods: pods})
			}
		case port.EndPort != nil:
			found = append(found, portMatch{match: fmt.Sprintf("%s dport %d-%d", name, port.Port.IntVal, *port.EndPort)})
		default:
			found = append(found, portMatch{match: fmt.Sprintf("%s dport %d", name, port.Port.IntVal)})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].match < found[j].match })
	return found
}

func matches(selector *meta.LabelSelector, set map[string]string) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}
