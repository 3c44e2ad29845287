"""Live progress from the Redis stream into status."""
