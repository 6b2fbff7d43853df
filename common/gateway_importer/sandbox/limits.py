"""Rate limits: which request is let through, and how long the others should wait."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .settings import RateLimit


@dataclass
class _Bucket:
    tokens: float
    at: float


@dataclass
class _Window:
    passed: deque[float] = field(default_factory=deque)


class Limiter:
    """Keeps each limit's count. A limit that was changed by the settings starts afresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[RateLimit, _Bucket] = {}
        self._windows: dict[RateLimit, _Window] = {}

    def refused(self, limits: Iterable[RateLimit], method: str, path: str) -> tuple[RateLimit, float] | None:
        """The limit that does not let this request through, and the seconds until it would."""
        concerned = [
            limit for limit in limits if limit.method in (None, method) and re.search(limit.path, path) is not None
        ]
        now = self._clock()
        for limit in concerned:
            wait = self._wait(limit, now)
            if wait > 0:
                return limit, wait
        for limit in concerned:
            self._count(limit, now)
        return None

    def _wait(self, limit: RateLimit, now: float) -> float:
        if limit.kind == "bucket":
            size = float(limit.burst or limit.rate)
            bucket = self._buckets.setdefault(limit, _Bucket(size, now))
            bucket.tokens = min(size, bucket.tokens + (now - bucket.at) * limit.rate / limit.per)
            bucket.at = now
            return max(0.0, (1.0 - bucket.tokens) * limit.per / limit.rate)
        passed = self._windows.setdefault(limit, _Window()).passed
        while passed and passed[0] <= now - limit.per:
            passed.popleft()
        return 0.0 if len(passed) < limit.rate else passed[0] + limit.per - now

    def _count(self, limit: RateLimit, now: float) -> None:
        if limit.kind == "bucket":
            self._buckets[limit].tokens -= 1.0
        else:
            self._windows[limit].passed.append(now)
