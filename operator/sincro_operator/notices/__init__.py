"""Telling people of dead letters through a webhook of theirs."""
