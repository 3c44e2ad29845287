"""Real PostgreSQL and Redis for the dashboard's reads."""

from tests.services import database, postgres_server, redis_server

__all__ = ["database", "postgres_server", "redis_server"]
