"""Traces of syncs that have ended, for those who collect them by OpenTelemetry's protocol. Off by default."""
