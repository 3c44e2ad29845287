"""The profile language: what a person writes to describe one application. Shapes and their checks; no browser here."""

from sincro_scraper.profile.loading import load_profile
from sincro_scraper.profile.model import Profile
from sincro_scraper.profile.problems import Problem, ProfileError

__all__ = ["Problem", "Profile", "ProfileError", "load_profile"]
