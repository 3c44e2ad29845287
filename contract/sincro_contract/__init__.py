"""What Sincro's programs agree on: resource models, run specification, result, progress event, exit codes.

Nothing is decided here and nothing is read or written: shapes, their limits, and the words that stand for them.
"""
