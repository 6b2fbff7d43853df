"""How fast one host is spoken to: a number of requests at once, and a rate that is given, or found from refusals.

The moment of the next free slot is computed, so nothing polls: one task sleeps until it, the others wait on a lock.
What a host allows is searched for as TCP's CUBIC does it: after a refusal a little below what was refused, slowly past
that again, and ever faster where nothing is refused there any more (docs/adr/0009).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

MARGIN = 0.02  # a window of a second is filled in 1.02 s: a network delivers some requests earlier than others
EVEN = 0.9  # requests of a window keep at least this share of their even distance
CATCH_UP = 0.2  # seconds of slots that a busy program may have missed and still use; the window holds all the same

DROP = 0.08  # the share of the rate that is given up after a refusal
PLATEAU = 7.0  # seconds until the rate is again where it was refused; from there it grows ever faster
GROWTH = DROP / PLATEAU**3
FLAT = 13.0  # seconds for which nothing is risked after a refusal that cost a whole second of silence
BELOW = 0.97  # of the rate at which a host refused: it allows no more than that
AGAIN = 2.5  # seconds; a refusal so soon after the last one says that the rate is still far too high
AGAIN_DROP = 0.75
LEAST_LEFT = 0.7  # of the rate, after one refusal
LEAST_LEFT_AGAIN = 0.45  # and after the next one: a host that refuses for another reason lets hardly anything through
# Seconds in which a rate that is far too low may have doubled: after a host that let nothing through for a while (up to
# half of what it was), and after the first refusal, when somebody else may have used what was allowed.
DOUBLING = 2.0
PAUSES = (0.2, 0.5, 1.0)  # seconds of silence after a refusal that names no time; longer ones if it was not enough
QUIET = 2.0  # seconds for which the rate does not grow after an error
SHORTEST = 1e-6  # seconds; less is a rounding of the clock
SLOWEST = 0.2  # requests a second; slower than this the host is as good as down
RECENT = 1.0  # seconds

Clock = Callable[[], float]


class Slots:
    """When the next request may go. In any window of a second (longer where the rate is below one) no more go than
    the rate allows, evenly spread."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque()
        self._planned = float("-inf")

    def due(self, rate: float) -> float:
        """The moment of the next slot at that many requests a second; it may have passed."""
        number = max(1, int(rate))
        window = number / rate * (1 + MARGIN)
        due = self._planned + EVEN * window / number
        if len(self._taken) >= number:
            due = max(due, self._taken[-number] + window)
        return due

    def take(self, due: float, now: float) -> None:
        """A slot that was due is used now."""
        # The planned moment counts, so that a sleep that ends a little late does not lower the rate.
        # Nothing was missed before the first one.
        self._planned = max(due, now - CATCH_UP) if self._taken else now
        self._taken.append(now)
        while self._taken[0] < now - 2 * RECENT and len(self._taken) > 1:
            self._taken.popleft()


class Bucket:
    """What a host says of its own leaky bucket: how many calls it holds, how many leak out a second, how full it is.

    `fill` is how full we let it become. A bucket that is never empty leaks at its full rate, however full it is, so a
    third of it costs nothing and is left to others who use the same key between two of our answers.
    """

    def __init__(self) -> None:
        self._level = 0.0  # at `_at`; no less than what the host's own level can have been then
        self._at = float("-inf")
        self._drain = 1.0
        self._size = 1.0
        self.fill = 1.0
        self.calls = 0  # that were let go under it

    @property
    def drain(self) -> float:
        """Calls that leak out in a second."""
        return self._drain

    def told(self, level: float, size: float, drain: float, now: float) -> None:
        """What an answer says of the bucket, with its own call in it."""
        # An answer that was overtaken by a later one says less than is in the bucket; the later one goes on counting.
        self._level, self._at = max(self.level(now), level), now
        self._drain, self._size = max(SLOWEST, drain), size
        self.fill = max(1.0, size - size // 3 - 1)  # 1: levels are told in whole calls, rounded down

    @property
    def floor(self) -> float:
        """Seconds that these calls take at the very least: a bucket that was empty takes the first ones at once."""
        return max(0.0, (self.calls - self._size) / self._drain)

    def level(self, now: float) -> float:
        return max(0.0, self._level - (now - self._at) * self._drain)

    def wait(self, now: float, under_way: int) -> float | None:
        """Seconds until one more call has room beside those `under_way`, of which nobody knows whether they are in the
        bucket yet; None where one of them must be answered first."""
        room = self.fill - 1 - under_way
        if room < 0:
            return None
        wait = (self.level(now) - room) / self._drain
        return wait if wait > SHORTEST else 0.0


class Search:
    """The rate that a host allows, as far as it is known: from a setting (`given`, never exceeded), from an earlier
    run (`recall`), from its refusals; None while nothing is known."""

    def __init__(self, *, given: float | None, at_least: float) -> None:
        self._given = given
        self._at_least = at_least  # taken to be allowed by a host that refuses at once
        self._base: float | None = None  # what is taken to be allowed
        self._age = 0.0  # seconds since then in which the rate was used to the full
        self._changed = float("-inf")
        self._used = float("-inf")
        self._grow_after = float("-inf")
        self._series = 0
        self._accepted = 0
        self._recent: deque[float] = deque()
        self._emptied = False  # the silence after the last refusal emptied any window of a second
        self._before = 0.0  # the rate before the first refusal of a series
        self._first = False  # nothing but one refusal is known: somebody else may have used what was allowed before us
        self._closed = False  # in a series of refusals nothing was let through: they say nothing of the rate

    @property
    def rate(self) -> float | None:
        """Requests a second that may be sent now."""
        if self._base is None:
            return self._given
        beyond = max(0.0, self._age - FLAT) if self._emptied else self._age - PLATEAU
        found = self._base
        if self._closed or self._first:
            most = self._before * LEAST_LEFT_AGAIN if self._closed else float("inf")
            found = max(found, min(most, found * 2 ** (self._age / DOUBLING)))
        found *= 1 + GROWTH * beyond**3
        return found if self._given is None else min(found, self._given)

    @property
    def found(self) -> float | None:
        """What the host allows by all that was seen; None where it has refused nothing, or a setting says it."""
        if self._base is None or self._given is not None:
            return None
        return max(self._base, self.rate or 0.0)

    def recall(self, rate: float) -> None:
        """What an earlier run found: the beginning of this one, instead of a burst."""
        if self._given is None and self._base is None:
            self._base = max(SLOWEST, rate)

    def forget(self) -> None:
        """What refusals said counts no more: the host says itself what it allows."""
        self._base = None

    def used(self, now: float, *, waited: bool) -> None:
        """A request goes out; `waited`: sooner than the rate allowed it was not possible."""
        # A rate that is not used up says nothing of a higher one.
        if waited and now >= self._grow_after:
            self._age += min(now - self._used, max(RECENT, 2 / (self.rate or 2 / RECENT)))
        self._used = now

    def answered(self, now: float, *, error: bool) -> None:
        """An answer that is no refusal. An error page is quick, and so it must not speed anything up."""
        if error:
            self._grow_after = now + QUIET
            return
        self._accepted += 1
        self._recent.append(now)
        while self._recent[0] < now - RECENT:
            self._recent.popleft()

    def refused(self, now: float, sent: float, named: float | None = None) -> float:
        """The host refused a request that was `sent` then, and may have `named` seconds; those of silence that this
        asks for."""
        if sent < self._changed:
            return named or 0.0  # under way together with the one that was refused before
        while self._recent and self._recent[0] < now - RECENT:
            self._recent.popleft()
        accepted = float(len(self._recent))
        since = now - self._changed
        rate = self.rate
        self._first = rate is None
        if rate is None:
            self._base = max(SLOWEST, self._at_least, accepted)
            self._series = 0
        elif rate == self._given and since >= AGAIN:
            # Whoever set the rate knows the host: one request came early or late. A second one says otherwise.
            self._base = None
            self._series = 0
        elif since < AGAIN and self._emptied and self._accepted:
            # What went through since the silence is all that a window holds.
            self._base = max(SLOWEST, BELOW * min(rate, self._accepted), rate * LEAST_LEFT_AGAIN)
            self._series += 1
        elif since < AGAIN:
            self._base = max(SLOWEST, rate * AGAIN_DROP)
            self._series += 1
            self._closed = self._closed or not self._accepted
        else:
            # Refused from a full window: what it let through in the last second. From an empty bucket: what it let
            # through since it was empty the last time.
            window = BELOW * min(rate, max(accepted, rate * LEAST_LEFT))
            bucket = min(rate, self._accepted / since)
            self._base = max(SLOWEST, window, bucket)
            self._series = 0
        if self._series == 0:
            self._before, self._closed = rate or 0.0, False
        silence = PAUSES[min(self._series, len(PAUSES) - 1)] if named is None else named
        self._age, self._accepted, self._changed, self._emptied = 0.0, 0, now, silence >= RECENT
        return silence


class Pace:
    """Grants slots for one host. `per_second` None: no limit until the host refuses a request."""

    def __init__(self, *, concurrency: int, per_second: float | None, clock: Clock = time.monotonic) -> None:
        self.concurrency = concurrency
        self._at_once = asyncio.Semaphore(concurrency)
        self._turn = asyncio.Lock()
        self._clock = clock
        self._slots = Slots()
        self._search = Search(given=per_second, at_least=max(1.0, concurrency / 2))
        self._bucket: Bucket | None = None
        self._under_way = 0
        self._moved = asyncio.Event()
        self._not_before = float("-inf")
        self.refusals = 0
        self._busy = 0.0
        self._paced = 0.0

    @property
    def rate(self) -> float | None:
        """Requests a second that are granted now; None where nothing limits them."""
        rate = self._search.rate
        if self._bucket is None:
            return rate
        return self._bucket.drain if rate is None else min(rate, self._bucket.drain)

    @property
    def found(self) -> float | None:
        """What the host allows by its refusals, to be remembered for the next run; None where there is nothing to."""
        return self._search.found

    def recall(self, rate: float) -> None:
        """Begin with what an earlier run found."""
        self._search.recall(rate)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """One request's right to be under way; the moment from which it had it."""
        granted = await self.acquire()
        try:
            yield granted
        finally:
            self.release(granted)

    async def acquire(self) -> float:
        """As `slot`, to be given back by `release`."""
        await self._at_once.acquire()
        try:
            if self._search.rate is None and self._bucket is None and self._not_before <= (now := self._clock()):
                self._slots.take(now, now)
                self._under_way += 1
                return now
            asked = self._clock()
            async with self._turn:
                now = await self._wait(asked)
                self._under_way += 1
                return now
        except BaseException:
            self._at_once.release()
            raise

    async def _wait(self, asked: float) -> float:
        while True:
            # Reckoned anew after each sleep: a refusal that came meanwhile counts.
            now, rate = self._clock(), self._search.rate
            due = now if rate is None else self._slots.due(rate)
            wait: float | None = max(due, self._not_before) - now
            if self._bucket is not None and wait is not None:
                room = self._bucket.wait(now, self._under_way)
                wait = None if room is None else max(wait, room)
            if wait is not None and wait <= 0:
                break
            await self._sleep(wait)
        self._slots.take(due, now)
        self._search.used(now, waited=now > asked)
        if rate is not None:
            self._paced += (1 + MARGIN) / rate
        if self._bucket is not None:
            self._bucket.calls += 1
        return now

    async def _sleep(self, wait: float | None) -> None:
        """Sleep so long; where a host tells of its bucket, no longer than until its next answer (None: until then)."""
        if self._bucket is None and wait is not None:
            await asyncio.sleep(wait)
            return
        self._moved.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._moved.wait()

    def release(self, granted: float) -> None:
        self._busy += self._clock() - granted
        self._under_way -= 1
        self._moved.set()
        self._at_once.release()

    def told(self, level: float, size: float, drain: float) -> None:
        """What the host's own bucket holds with this answer's call in it, what it can hold, and what leaks out of it
        in a second. From then on it alone decides, and no refusal makes anything slower than it says."""
        if self._bucket is None:
            self._bucket = Bucket()
            self._search.forget()
        self._bucket.told(level, size, drain, self._clock())

    @property
    def floor(self) -> float:
        """Seconds that all requests so far take at the very least: at the rate that was allowed, or by what each took
        with as many at once as may be."""
        told = 0.0 if self._bucket is None else self._bucket.floor
        return max(self._paced, told, self._busy / self.concurrency)

    def answered(self, *, error: bool = False) -> None:
        """A request came to an end that is no refusal; `error`: an error page, or no answer at all."""
        self._search.answered(self._clock(), error=error)

    def refused(self, retry_after: float | None, granted: float | None = None) -> None:
        """The host said "too many" (429, or 503 with a time) to a request that was `granted` its slot then: silence
        for as long as it says, then a lower rate."""
        now = self._clock()
        self.refusals += 1
        if self._bucket is not None:
            # Somebody else filled it: what it says from now on is what is obeyed.
            silence = 1 / self._bucket.drain if retry_after is None else retry_after
        else:
            silence = self._search.refused(now, now if granted is None else granted, retry_after)
        self._not_before = max(self._not_before, now + silence)
