"""Load spread over sources, so that one cannot starve the others.

Decided here: among syncs that are within one point of priority of each other, the one whose source holds the fewest
slots goes first. A point is the width of a band; bands are fixed in time, so that the order in a queue only changes
when a source's own load does.
"""

import math


def band(moment: float, seconds_a_point: float) -> float:
    """The band of a task that would have arrived at `moment` (seconds) with priority 0."""
    return math.floor(moment / seconds_a_point) if seconds_a_point > 0 else moment
