"""Live progress: from the Redis stream and the watch to browsers, as Socket.IO events.

Each replica reads the stream and watches the cluster itself, and sends to its own clients only: no replica depends on
another, and an end state arrives also while Redis is away.
"""
