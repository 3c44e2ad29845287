"""`python -m dev.docs [--check]`: writes docs/reference/ from the code, or says what differs."""
