// The ways to find targets that are compiled in: Kubernetes alone. With all of them the program takes minutes more to build.
package plugins

import (
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
)
