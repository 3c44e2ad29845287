"""The whole control loop in simulated time, against a simulated cluster, with everything that goes wrong."""
