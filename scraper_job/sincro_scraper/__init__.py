"""Sincro."""
