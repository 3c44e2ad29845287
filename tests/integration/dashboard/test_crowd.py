"""A thousand Socket.IO clients, a hundred of which never read: all others hear of every event.

How soon they hear of it is measured by `python -m dev.bench dashboard_progress`.
"""

from tests.integration.dashboard.crowd import crowd_server, measure
from tests.services import RedisServer
from tests.unit.dashboard.fake_cluster import ALICE

READING, SILENT, EVENTS = 900, 100, 20


async def test_clients_that_never_read_keep_nobody_else_from_hearing(redis_server: RedisServer) -> None:
    async with crowd_server(redis_server.url) as url:
        crowd = await measure(url, redis_server.url, ALICE, reading=READING, silent=SILENT, events=EVENTS, interval=0.5)
    assert crowd.heard[EVENTS] == READING
    # In between an event that a later one replaces may be left out, for those alone who are behind with reading.
    assert sum(crowd.heard.values()) > READING * EVENTS // 2
