// Enforces NetworkPolicies on one node: watches what they depend on and keeps the kernel's rules as ruleset.go says.
// A new pod runs without rules for the fraction of a second until its address is known here.
package main

import (
	"context"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const (
	settle = 50 * time.Millisecond // events come in bursts
	again  = 30 * time.Second      // somebody may have flushed the rules
)

func main() {
	configuration, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(configuration), 0)
	pods := factory.Core().V1().Pods()
	namespaces := factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()

	changed := make(chan struct{}, 1)
	wake := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { wake() },
		UpdateFunc: func(any, any) { wake() },
		DeleteFunc: func(any) { wake() },
	}
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			log.Fatal(err)
		}
	}
	ctx := context.Background()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	var applied string
	refresh := time.NewTicker(again)
	for {
		world := World{Node: os.Getenv("NODE_NAME"), Namespaces: map[string]labels.Set{}}
		world.Pods = listed[core.Pod](pods.Informer())
		world.Policies = listed[networking.NetworkPolicy](policies.Informer())
		for _, namespace := range listed[core.Namespace](namespaces.Informer()) {
			world.Namespaces[namespace.Name] = namespace.Labels
		}
		if wanted := Ruleset(world); wanted != applied {
			command := exec.Command("nft", "-f", "-")
			command.Stdin = strings.NewReader(wanted)
			if output, err := command.CombinedOutput(); err != nil {
				log.Printf("nft: %v: %s\n%s", err, output, wanted)
				applied = ""
			} else {
				applied = wanted
				log.Printf("applied %d policies", len(world.Policies))
			}
		}
		select {
		case <-changed:
			time.Sleep(settle)
		case <-refresh.C:
			applied = ""
		}
	}
}

func listed[T any](informer cache.SharedIndexInformer) []*T {
	var found []*T
	for _, item := range informer.GetStore().List() {
		found = append(found, item.(*T))
	}
	return found
}
