"""A real Prometheus, Alertmanager and Prometheus Operator on the local cluster: proof of what the chart brings."""
