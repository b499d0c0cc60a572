"""What befalls replicas and what they need, and when: what is decided, and done to a Fleet."""

import time

from testing.chaos import attrsvc_door, cuttable_proxy, moods

# A replica's lease is over after this many seconds without a renewal.
LEASE_SECONDS = 6
LONGER_THAN_A_LEASE = (LEASE_SECONDS + 1.5, LEASE_SECONDS + 4)
SHORT = (0.3, 3)


class Outage:
    """One fault. Begins with begin(), and is over after end().

    Attributes:
      kind: for the reader.
      replica: whom it befalls; None: all of them. victim: its name.
      begun, ended: when it did, as of time.time(); None before that. For one that waits
        for a failpoint, `begun` is when it struck.
      stops_polling: whether its replica cannot go on as the poller.
      loses_answers: whether an answer of attrsvc's may get lost, or not be stored.
    """

    stops_polling = False
    loses_answers = True

    def __init__(self, kind, fleet, replica=None):
        self.kind = kind
        self.fleet = fleet
        self.replica = replica
        self.victim = replica.name if replica else None
        self.begun = None
        self.ended = None

    def begin(self):
        self.begun = time.time()
        self._strike()

    def look(self):
        """To be called now and then between begin() and end()."""

    def end(self):
        self._heal()
        self.ended = time.time()

    def overlaps(self, begin, end):
        """Whether it was, at any time in between."""
        if self.begun is None or self.begun > end:
            return False
        return self.ended is None or begin <= self.ended

    @property
    def is_deadly(self):
        """Whether its replica's process ends by it."""
        return isinstance(self, (Kill, Stop)) or getattr(self, "action", "") == "kill"

    @property
    def is_pause(self):
        """Whether its replica goes on afterwards where it was stopped."""
        return isinstance(self, Pause) or getattr(self, "action", "") == "stop"

    def _strike(self):
        raise NotImplementedError

    def _heal(self):
        raise NotImplementedError


class Kill(Outage):
    stops_polling = True

    def _strike(self):
        self.replica.kill()

    def _heal(self):
        self.replica.start()


class Stop(Kill):
    """In order, as for an upgrade."""

    def _strike(self):
        self.replica.stop()


class Pause(Outage):
    stops_polling = True

    def _strike(self):
        self.replica.pause()

    def _heal(self):
        self.replica.resume()


class AtFailpoint(Outage):
    """A kill or a pause in the middle of something."""

    stops_polling = True

    def __init__(self, kind, fleet, replica, failpoint, action):
        super().__init__(kind, fleet, replica)
        self.failpoint = failpoint
        self.action = action

    def begin(self):
        self.replica.arm(self.failpoint, self.action)

    def look(self):
        if self.begun is None and self.replica.has_struck():
            self.begun = time.time()

    def end(self):
        if self.replica.disarm() and self.begun is None:
            self.begun = time.time()
        super().end()

    def _heal(self):
        if self.begun is None:
            return
        if self.action == "stop":
            self.replica.resume()
        else:
            self.replica.kill()  # to have waited for its end
            self.replica.start()


class DatabaseWay(Outage):
    """Between a replica and PostgreSQL."""

    def __init__(self, kind, fleet, replica, mode):
        super().__init__(kind, fleet, replica)
        self.mode = mode
        self.stops_polling = mode != cuttable_proxy.SLOW

    def _strike(self):
        self.replica.proxy.set(self.mode)

    def _heal(self):
        self.replica.proxy.set(cuttable_proxy.PASS)


class AttrsvcWay(Outage):
    """Between a replica and attrsvc."""

    def __init__(self, kind, fleet, replica, mode):
        super().__init__(kind, fleet, replica)
        self.mode = mode

    def _strike(self):
        self.replica.door.set(self.mode)

    def _heal(self):
        self.replica.door.set(attrsvc_door.PASS)


class DatabaseRestart(Outage):
    stops_polling = True

    def __init__(self, kind, fleet, end_server):
        super().__init__(kind, fleet)
        self._end_server = end_server

    def _strike(self):
        self._end_server()

    def _heal(self):
        self.fleet.database.start()


class Mood(Outage):
    """Of attrsvc, which says so when it has not taken a log."""

    loses_answers = False

    def __init__(self, kind, fleet, mood):
        super().__init__(kind, fleet)
        self.mood = mood

    def _strike(self):
        self.fleet.attrsvc.configure(**moods.knobs(self.mood))

    def _heal(self):
        self.fleet.attrsvc.configure(**moods.HEALTHY)
