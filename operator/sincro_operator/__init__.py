"""The operator: watches feed a cache, one loop plans, an actuator carries out."""

VERSION = "0.1.0"
"""Written out: the image holds the program's files and no package that could be asked."""
