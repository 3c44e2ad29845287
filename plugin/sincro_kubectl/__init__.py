"""kubectl sincro: see syncs, steer them and ask them why, from a terminal. Talks to the API server only."""
