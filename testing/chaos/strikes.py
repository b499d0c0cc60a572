"""What one round of a fleet goes through: decided by the seed, alike each time."""

import random

from testing.chaos import attrsvc_door, cuttable_proxy, moods
from testing.chaos import outage as o

# In the first rounds each comes once.
KINDS = [
    "kill", "kill at", "stop", "pause", "pause at", "cut", "black hole", "mute", "slow",
    "attrsvc cut", "attrsvc deaf", "attrsvc mute", "fast restart", "immediate restart", "attrsvc",
]  # fmt: skip
# Those that come besides: there are many failpoints.
_MORE = KINDS + 2 * ["kill at", "pause at"]
# These befall all replicas.
_COMMON = ("fast restart", "immediate restart", "attrsvc")
_HARSH_MOODS = sorted(set(moods.MOODS) - {"healthy", "hanging"})
# Logs that these put off do not settle for minutes.
_KIND_MOODS = ("slow", "failing")


class Strike:
    """Attributes:
      kind: of KINDS.
      target: 0 is who polls, 1 and more are the others.
      at: seconds after the beginning of the round.
      seconds: how long it lasts.
      detail: the failpoint, or the mood.
    """

    def __init__(self, kind, target, at, seconds, detail):
        self.kind = kind
        self.target = target
        self.at = at
        self.seconds = seconds
        self.detail = detail

    def outage(self, fleet, replicas):
        """What it does to the fleet whose replicas are these, who polls first."""
        replica = replicas[self.target]
        text = " ".join(filter(None, [self.kind, self.detail]))
        if self.kind not in _COMMON:
            text += " " + replica.name + ("*" if self.target == 0 else "")
        if self.kind == "kill":
            return o.Kill(text, fleet, replica)
        if self.kind == "stop":
            return o.Stop(text, fleet, replica)
        if self.kind == "pause":
            return o.Pause(text, fleet, replica)
        if self.kind in ("kill at", "pause at"):
            action = "kill" if self.kind == "kill at" else "stop"
            return o.AtFailpoint(text, fleet, replica, self.detail, action)
        if self.kind == "fast restart":
            return o.DatabaseRestart(text, fleet, fleet.database.stop)
        if self.kind == "immediate restart":
            return o.DatabaseRestart(text, fleet, fleet.database.crash)
        if self.kind == "attrsvc":
            return o.Mood(text, fleet, self.detail)
        if self.kind.startswith("attrsvc "):
            mode = {
                "cut": attrsvc_door.CUT,
                "deaf": attrsvc_door.DEAF,
                "mute": attrsvc_door.MUTE,
            }[self.kind.split()[1]]
            return o.AttrsvcWay(text, fleet, replica, mode)
        mode = {
            "cut": cuttable_proxy.CUT,
            "black hole": cuttable_proxy.BLACK_HOLE,
            "mute": cuttable_proxy.MUTE,
            "slow": cuttable_proxy.SLOW,
        }[self.kind]
        return o.DatabaseWay(text, fleet, replica, mode)


class Plan:
    """The strikes of a round, one or several.

    Args:
      number: of the round, from 1.
      rounds: how many there are.
      replicas: how many there are. One of them at least is left in peace, if there are two.
      failpoints: names.
    """

    def __init__(self, number, rounds, replicas, failpoints, seed):
        self._decide = random.Random("%d/%d" % (seed, number))
        self._failpoints = failpoints
        deck = list(KINDS)
        random.Random(seed).shuffle(deck)
        first = deck[(number - 1) % len(deck)]
        more = self._decide.choice((0, 0, 0, 1, 1, 2))
        kinds = [first] + [self._decide.choice(_MORE) for _ in range(more)]
        targets = self._targets(replicas)
        is_late = number > rounds * 3 // 4
        self.strikes = []
        for kind in kinds:
            if kind in _COMMON:
                # A server that is down cannot be restarted once more.
                if not (_restarts(kind) and any(_restarts(strike.kind) for strike in self.strikes)):
                    self.strikes.append(self._strike(kind, 0, is_late))
            elif targets:
                self.strikes.append(self._strike(kind, targets.pop(0), is_late))
        self.strikes.sort(key=lambda strike: strike.at)

    def _targets(self, replicas):
        """Whom the strikes hit, in turn: nobody twice, and not all."""
        order = list(range(replicas))
        self._decide.shuffle(order)
        if self._decide.random() < 0.5:
            order.remove(0)
            order.insert(0, 0)
        return order[: max(1, replicas - 1)]

    def _strike(self, kind, target, is_late):
        lasting = kind != "stop" and self._decide.random() < 0.65
        seconds = self._decide.uniform(*(o.LONGER_THAN_A_LEASE if lasting else o.SHORT))
        if kind in _COMMON:
            seconds = self._decide.uniform(*o.SHORT)
        detail = ""
        if kind == "attrsvc":
            detail = self._decide.choice(_KIND_MOODS if is_late else _HARSH_MOODS)
        elif kind in ("kill at", "pause at"):
            detail = self._decide.choice(self._failpoints)
        return Strike(kind, target, self._decide.uniform(0, 1.5), seconds, detail)


def _restarts(kind):
    return kind.endswith("restart")
