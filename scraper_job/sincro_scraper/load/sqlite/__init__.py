"""SQLite as a target database, for trying Sincro out on a laptop."""

from sincro_scraper.load.sqlite.target import SqliteTarget

__all__ = ["SqliteTarget"]
