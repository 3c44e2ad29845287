"""The dashboard: REST and Socket.IO API, pages and widget. People see the syncs here, steer them and ask why.

Nothing is remembered here: the cluster's resources are the truth, the history is PostgreSQL's, progress is Redis's.
"""
