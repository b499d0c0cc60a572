"""Holds what several smonsvc on one store have done against the truth (docs/DELIVERY.md)."""

import bisect
import collections
import json

from testing.chaos.attrsvc_door import NUMBER
from testing.chaos.ledger import Ledger
from testing.service import MOST_SUBMITS_IN_FLIGHT

# The role of the poller passes on within this time.
MOST_FAILOVER_SECONDS = 10
# An answer is stored this long after it was sent, on a busy machine.
STORED_SECONDS = 3
# From the look at the lease until Slurm's command notes that it was called; and the same
# where a pause came in between.
SPAWN_SECONDS = 0.7
WAKING_SECONDS = 1
# What befell PostgreSQL, or the way to it, may end a lease that much later.
LEASE_TAIL_SECONDS = 8
# How far the rate of all may be above the limit, over a window; replicas hear of each
# other with a delay, so that the shares of those that come and go overlap.
RATE_WINDOW_SECONDS = 10
RATE_SLACK = 1.5
RATE_BURST = 5


class ReplicaLedger(Ledger):
    """As Ledger, for what is judged while smonsvc runs on.

    Attributes:
      excused: duplicates per outage, {outage: logs that were in flight at it}.
      failovers: seconds, one for each time that the poller was struck.
      polls_by_two: how often somebody polled although another one was the poller.
      overwritten: how many verdicts were replaced, or deliveries undone.
      top_rate: most requests a second, over a window.
    """

    def __init__(self):
        super().__init__()
        self.excused = collections.Counter()
        self.failovers = []
        self.polls_by_two = 0
        self.overwritten = 0
        self.top_rate = 0

    def tell(self, sentence):
        """Something else is wrong."""
        self._fault(sentence)

    def after_round(self, where, runs, store):
        """Args: as of Ledger.after_kill, but smonsvc may run on."""
        self._check_nothing_is_gone(where, store)
        self._check_watermark(where, runs, store)
        self._check_nothing_is_invented(where, runs, store)
        for key, run in store.runs.items():
            before = self._before.runs.get(key)
            if before and before.answer and run.answer and before.answer != run.answer:
                self._overwrite("%s: the answer of run %s was %r, and is %r" % (where, key, before.answer, run.answer))
        self._before = store

    def judge_failovers(self, where, outages, polls):
        """How long nobody polled after the poller was struck.

        Args:
          outages: of this round, ended.
          polls: [(time, replica)].
        """
        for outage in outages:
            if outage.begun is None or not outage.stops_polling or outage.victim is None:
                continue  # nobody has to take over
            before = [name for time, name in polls if time < outage.begun]
            others = [time for time, name in polls if time >= outage.begun and name != outage.victim]
            if not before or before[-1] != outage.victim or not others:
                continue
            time = others[0]
            if any(name == outage.victim and outage.ended < t < time for t, name in polls):
                continue  # it was soon well again
            begin = outage.begun
            for other in outages:  # while there is no database, nobody can take over
                if other.victim is None and other.stops_polling and other.overlaps(begin, time):
                    begin = other.ended
            seconds = max(time - begin, 0)
            self.failovers.append(seconds)
            if seconds > MOST_FAILOVER_SECONDS:
                self._fault("%s: nobody polled for %.1f s after %s" % (where, seconds, outage.kind))

    def judge_polls(self, outages, polls):
        """The poller changes only when something has befallen it.

        Args:
          outages: all so far.
          polls: [(time, replica)] since the last call, and the last one before it.
        """
        for (last, one), (first, other) in zip(polls, polls[1:]):
            if one == other or any(_ends_lease(outage, one, last, first) for outage in outages):
                continue
            self.polls_by_two += 1
            self._fault("%s polled at %.3f and %s at %.3f, and nothing had befallen %s" % (one, last, other, first, one))

    def judge_leases(self, outages, polls, leases):
        """Nobody begins a poll while another one has the lease.

        Args:
          outages: all so far.
          polls: [(time, replica)] since the last call.
          leases: [(time, holder)], oldest first; None as the holder for nobody.
        """
        times = [time for time, _ in leases]
        for time, name in polls:
            holders = {holder for _, holder in leases[_index(times, time - SPAWN_SECONDS) : _index(times, time) + 1]}
            if holders & {name, None} or not holders:
                continue
            if any(o.victim == name and o.ended and o.ended <= time <= o.ended + WAKING_SECONDS for o in outages):
                continue
            self.polls_by_two += 1
            self._fault("%s polled at %.3f, and the lease was held by %s" % (name, time, sorted(holders)))

    def judge_rate(self, requests, limit):
        """Args:
          requests: attrsvc_door.Request of all submissions, oldest first.
          limit: requests a second.
        """
        times = sorted(request.received for request in requests)
        most = begin = 0
        for end, time in enumerate(times):
            while times[begin] < time - RATE_WINDOW_SECONDS:
                begin += 1
            most = max(most, end + 1 - begin)
        self.top_rate = most / RATE_WINDOW_SECONDS
        if most > limit * RATE_WINDOW_SECONDS * RATE_SLACK + RATE_BURST:
            self._fault("%d requests within %d s, at %g a second" % (most, RATE_WINDOW_SECONDS, limit))

    def judge_duplicates(self, deliveries, requests, outages):
        """Sent again was only what was in flight when something went wrong.

        Args:
          deliveries: {log path: how often it has to be sent}.
          requests: attrsvc_door.Request of all submissions.
          outages: all of them.
        """
        # In flight is also what was about to go out when its replica was stopped.
        taken = collections.defaultdict(list)
        for request in requests:
            if request.status == 200:
                taken[request.log_path].append(request)
        self.duplicates = 0
        self.excused = collections.Counter()
        excused = collections.defaultdict(list)
        for path, posts in taken.items():
            extra = len(posts) - deliveries[path]
            self.duplicates += max(extra, 0)
            reasons = [(post, _reason(post, outages)) for post in posts[:-1]]
            reasons += [(post, _waking(post, outages)) for post in posts[1:]]
            reasons = [(post, outage) for post, outage in reasons if outage]
            if extra > len(reasons):
                sent = ", ".join("%.3f by %s" % (post.received, post.replica) for post in posts)
                self._fault("%s was sent at %s, and in flight were %d" % (path, sent, len(reasons)))
            for post, outage in reasons[: max(extra, 0)]:
                excused[outage, post.replica].append(path)
        for (outage, name), paths in excused.items():
            self.excused[outage] += len(paths)
            if len(paths) > MOST_SUBMITS_IN_FLIGHT:
                self._fault("%s: %d requests of %s were in flight" % (outage.kind, len(paths), name))

    def judge_witness(self, witnessed):
        """Args: shared_store.Witnessed."""
        for job, phase in witnessed.undone:
            self._overwrite("the delivery of job %d was over, and then in phase %d" % (job, phase))
        for job, bodies in witnessed.answers.items():
            if len(set(bodies)) > 1:
                self._overwrite("job %d had the answers %r" % (job, bodies))

    def judge_end(self, runs, deliveries, store, answer_of):
        """After a quiet end, with all deliveries done.

        Args:
          answer_of: {number: (log path, body)} of attrsvc's answers, as a function.
        """
        self.after_round("end", runs, store)
        for key, run in runs.items():
            stored = store.runs.get(key)
            self._check_delivered(key, run, stored, stored and _answer(stored, answer_of))
        sent = store.sent()
        for path, needed in deliveries.items():
            if sent[path] != needed:
                self._fault("end: %s was delivered %d times, not %d" % (path, sent[path], needed))

    def _fault(self, sentence):
        """What is judged again after each round is told once."""
        if sentence not in self.faults:
            super()._fault(sentence)

    def _overwrite(self, sentence):
        self.overwritten += 1
        self._fault(sentence)


def _answer(stored, answer_of):
    """What attrsvc answered under the number that is stored, if that was of this log."""
    try:
        path, body = answer_of(json.loads(stored.answer)[NUMBER])
    except (TypeError, ValueError, KeyError):
        return None
    return body if path == stored.log else None


def _ends_lease(outage, replica, last, first):
    """Whether it may be why a replica that polled at `last` is no more the poller at `first`."""
    if not outage.stops_polling and "slow" not in outage.kind:
        return False
    if outage.victim not in (None, replica):
        return False
    return outage.overlaps(last - LEASE_TAIL_SECONDS, first)


def _reason(request, outages):
    """The outage that may have kept the answer of a request from being stored."""
    end = (request.ended or request.received) + STORED_SECONDS
    for outage in outages:
        if outage.loses_answers and outage.victim in (None, request.replica):
            if outage.overlaps(request.received - 0.5, end):
                return outage
    return None


def _waking(request, outages):
    """The pause in which its replica was about to send a request that others have sent meanwhile."""
    for outage in outages:
        if outage.is_pause and outage.victim == request.replica and outage.begun and outage.ended:
            if outage.begun < request.received <= outage.ended + WAKING_SECONDS:
                return outage
    return None


def _index(times, time):
    """Of the last of the times that is not after `time`; 0 if all are."""
    return max(bisect.bisect_right(times, time) - 1, 0)
