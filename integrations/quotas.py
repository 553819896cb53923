"""A provider's limit on all our connections together, kept in Redis for all workers.

Requests are spaced evenly (generic cell rate) after a first burst. While Redis is away nobody is held back: the
provider's own 429 then is what limits, as it is in any case.
"""

from __future__ import annotations

import logging
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

_BURST = 0.25  # of a minute's requests may leave at once

# KEYS: when the lane's next request is due, and until when the lane rests. ARGV: seconds between two requests, seconds
# that may be run ahead. The answer is how long to wait; 0 has taken the place.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rest = tonumber(redis.call('GET', KEYS[2]) or '0')
if rest > now then return tostring(rest - now) end
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local ahead = due - now - tonumber(ARGV[2])
if ahead > 0 then return tostring(ahead) end
redis.call('SET', KEYS[1], string.format('%.6f', due + tonumber(ARGV[1])), 'EX', 120)
return '0'
"""
_REST = """
local time = redis.call('TIME')
local till = time[1] + time[2] / 1000000 + tonumber(ARGV[1])
if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.6f', till), 'EX', math.ceil(tonumber(ARGV[1])) + 1)
end
return '0'
"""


class SharedQuota:
    """The kernel's Quota."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def __repr__(self) -> str:
        return "<SharedQuota>"

    def wait(self, lane: str, per_minute: int) -> float:
        if not lane or per_minute <= 0:
            return 0.0
        keys = (f"busy:quota:{lane}:due", f"busy:quota:{lane}:rest")
        try:
            said = self._client.eval(_TAKE, 2, *keys, str(60 / per_minute), str(60 * _BURST))
        except redis.RedisError:
            logger.warning("the shared quota could not be asked", exc_info=True)
            return 0.0
        return float(said if isinstance(said, str | bytes) else 0)

    def rest(self, lane: str, seconds: float) -> None:
        try:
            self._client.eval(_REST, 1, f"busy:quota:{lane}:rest", str(seconds))
        except redis.RedisError:
            logger.warning("the shared quota could not be told", exc_info=True)


def shared() -> SharedQuota:
    return SharedQuota(_client(settings.REDIS_URL))


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
