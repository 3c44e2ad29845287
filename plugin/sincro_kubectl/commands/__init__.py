"""One module a command: asks the API server, hands what it says to views and changes, prints. No rules of its own."""
