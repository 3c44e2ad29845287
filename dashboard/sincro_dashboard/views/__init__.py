"""What people get to see. PURE: resources and `now` in, documents out; no I/O, no clock."""
