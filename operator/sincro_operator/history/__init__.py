"""The archive of ended tasks in PostgreSQL."""
