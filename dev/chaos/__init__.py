"""Breaks an installation again and again while it works, and reports whether anything was lost, doubled or wrong."""
