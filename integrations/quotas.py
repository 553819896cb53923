"""A provider's limit on all our connections together, and how much of its day each workspace has used; both are kept in
Redis for all workers, in one question per request. What is asked before a connection is confirmed counts with the rest:
it is the same login.

Requests are spaced evenly (generic cell rate) after a first burst. While Redis is away nobody is held back and nothing
is counted: the provider's own 429 then is what limits, as it is in any case.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import redis
from django.conf import settings
from django.utils import timezone

from integrations.kernel import registry
from integrations.kernel.facts import Limits
from integrations.models import Connection

logger = logging.getLogger(__name__)

_BURST = 0.25  # of a minute's requests may leave at once, at the least
_KEPT = 2 * 24 * 3600  # seconds that a day's count is kept
TIGHT, SPENT = 0.7, 0.9  # of the day's calls: people are told, and looks get rarer
RARER = 4  # times

# KEYS: when the lane's next request is due, until when the lane rests, and the count of the day ("" for none). ARGV:
# seconds between two requests, seconds that may be run ahead, seconds to keep the count. The answer is how long to
# wait; 0 has taken the place.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rest = tonumber(redis.call('GET', KEYS[2]) or '0')
if rest > now then return tostring(rest - now) end
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local ahead = due - now - tonumber(ARGV[2])
if ahead > 0 then return tostring(ahead) end
redis.call('SET', KEYS[1], string.format('%.6f', due + tonumber(ARGV[1])), 'EX', math.ceil(tonumber(ARGV[2])) + 120)
if KEYS[3] ~= '' and redis.call('INCR', KEYS[3]) == 1 then redis.call('EXPIRE', KEYS[3], ARGV[3]) end
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
    """The kernel's Quota. ``counted`` names the day's count that requests add to; "" for none."""

    def __init__(self, client: redis.Redis, counted: str = "") -> None:
        self._client = client
        self._counted = counted

    def __repr__(self) -> str:
        return "<SharedQuota>"

    def wait(self, lane: str, per_minute: int, burst: float = 0) -> float:
        if not lane or per_minute <= 0:
            return 0.0
        keys = (f"busy:quota:{lane}:due", f"busy:quota:{lane}:rest", self._counted)
        ahead = 60 * max(burst, _BURST)
        try:
            said = self._client.eval(_TAKE, 3, *keys, str(60 / per_minute), str(ahead), str(_KEPT))
        except redis.RedisError:
            logger.warning("the shared quota could not be asked", exc_info=True)
            return 0.0
        return float(said if isinstance(said, str | bytes) else 0)

    def rest(self, lane: str, seconds: float) -> None:
        try:
            self._client.eval(_REST, 1, f"busy:quota:{lane}:rest", str(seconds))
        except redis.RedisError:
            logger.warning("the shared quota could not be told", exc_info=True)


def shared(workspace_id: int, provider: str) -> SharedQuota:
    """Requests are counted by the day, where the provider includes so many a day."""
    return SharedQuota(_client(settings.REDIS_URL), _count_of(workspace_id, provider))


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """About how many of the day's calls a workspace has used: our requests, each for as many calls as the provider
    may make of it. What others use with the same login is not seen."""

    used: int
    included: int

    @property
    def share(self) -> float:
        return self.used / self.included

    @property
    def percent(self) -> int:
        return int(100 * self.share)

    @property
    def is_tight(self) -> bool:
        return self.share >= TIGHT

    @property
    def is_spent(self) -> bool:
        return self.share >= SPENT


def today(connection: Connection) -> Day | None:
    """None where the provider includes no number a day, and while nothing can be counted."""
    limits = _limits(connection.provider)
    if limits.per_day is None:
        return None
    try:
        said = _client(settings.REDIS_URL).get(_count_of(connection.workspace_id, connection.provider))
    except redis.RedisError:
        logger.warning("the day's calls could not be asked for", exc_info=True)
        return None
    used = int(said) if isinstance(said, str | bytes) else 0
    return Day(used=used * limits.calls_each, included=limits.per_day)


def stretched(connection: Connection, seconds: float) -> float:
    """The interval of the schedule, longer while the day's calls are nearly used up."""
    day = today(connection)
    return seconds * RARER if day is not None and day.is_spent else seconds


def _count_of(workspace_id: int, provider: str) -> str:
    limits = _limits(provider)
    if limits.per_day is None:
        return ""
    day = timezone.now().astimezone(ZoneInfo(limits.day_of)).date()
    return f"busy:calls:{workspace_id}:{provider}:{day.isoformat()}"


def _limits(provider: str) -> Limits:
    return registry.connector(provider).facts.limits


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
