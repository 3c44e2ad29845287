"""The only place that talks to the API server: its door, the real connection, and a cache fed by list and watch."""
