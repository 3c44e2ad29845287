"""The only place that talks to the API server: watches, actuator, Job builder, Lease."""
