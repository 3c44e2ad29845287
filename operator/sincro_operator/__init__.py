"""The operator: watches feed a cache, one loop plans, an actuator carries out."""
