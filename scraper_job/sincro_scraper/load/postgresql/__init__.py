"""PostgreSQL as a target database."""

from sincro_scraper.load.postgresql.target import PostgresTarget

__all__ = ["PostgresTarget"]
