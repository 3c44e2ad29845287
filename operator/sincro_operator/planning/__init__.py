"""The planner: PURE. No I/O, no clock, no kubernetes import. `plan(snapshot, now)` gives actions and when to wake.

One rule of the business lives in one module here, named by the field's word for it.
"""
