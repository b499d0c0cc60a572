"""Holds what the Store and attrsvc say after each kill against the truth (docs/DELIVERY.md)."""

import collections

from testing.chaos.store_copy import COMPLETED, StoreCopy
from testing.service import MOST_SUBMITS_IN_FLIGHT

# Slurm's times are whole seconds, and a run that ended around the read of the
# queue is left to the next poll.
WATERMARK_SLACK = 60


class Ledger:
    """The judge of one series of kills.

    Attributes:
      faults: sentences; empty while all is well.
      lost: how many runs and logs are gone, or not told of.
      duplicates: requests that were sent again, since they were in flight at a kill.
    """

    def __init__(self):
        self.faults = []
        self.duplicates = 0
        self._lost = set()
        self._before = StoreCopy({}, None)
        self._in_flight = collections.Counter()  # by log path: requests cut off by kills

    @property
    def lost(self):
        return len(self._lost)

    def after_kill(self, where, runs, deliveries, store, accepted):
        """To be called when smonsvc is dead and attrsvc has read all that it sent.

        Args:
          where: for the sentences.
          runs: {key: workload.Run}, the truth.
          deliveries: {log path: how often it has to be sent}, once for each of its runs.
          store: StoreCopy.
          accepted: {log path: POSTs of it that attrsvc took so far}.
        """
        self._check_nothing_is_gone(where, store)
        self._check_watermark(where, runs, store)
        self._check_nothing_is_invented(where, runs, store)
        unanswered = self._unanswered(where, store, accepted)
        for path, count in unanswered.items():
            if count > deliveries[path]:
                self._fault("%s: %s was sent %d times in one life" % (where, path, count))
        if sum(unanswered.values()) > MOST_SUBMITS_IN_FLIGHT:
            self._fault("%s: %d requests were in flight" % (where, sum(unanswered.values())))
        self._in_flight.update(unanswered)
        self._before = store

    def at_the_end(self, runs, deliveries, store, accepted, answers):
        """After a quiet end, with all deliveries done.

        Args:
          answers: {log path: attrsvc's raw answer}.
        """
        self._check_nothing_is_gone("end", store)
        self._check_nothing_is_invented("end", runs, store)
        for key, run in runs.items():
            self._check_delivered(key, run, store.runs.get(key), answers.get(run.log))
        for path in self._unanswered("end", store, accepted):
            self._fault("end: %s was sent again, and not for a kill" % path)
        sent = store.sent()
        for path, needed in deliveries.items():
            if sent[path] != needed:
                self._fault("end: %s was delivered %d times, not %d" % (path, sent[path], needed))

    def _check_delivered(self, key, run, stored, answer):
        if stored is None:
            self._lose(key, "end: run %s is not in the store" % (key,))
        elif stored.state != run.state:
            self._fault("end: run %s is %s, not %s" % (key, stored.state, run.state))
        elif stored.phase != COMPLETED:
            self._lose(key, "end: run %s is in phase %d: %s" % (key, stored.phase, stored.error))
        elif stored.log != run.log:
            self._fault("end: the log of run %s is %s, not %s" % (key, stored.log, run.log))
        elif stored.answer is None or stored.answer != answer:
            self._lose(key, "end: of run %s the answer is %r, not %r" % (key, stored.answer, answer))

    def _check_nothing_is_gone(self, where, store):
        """What a store once held stays."""
        for key, run in self._before.runs.items():
            now = store.runs.get(key)
            if now is None:
                self._lose(key, "%s: run %s is gone from the store" % (where, key))
            elif run.sent > now.sent or (run.answer and not now.answer):
                self._lose(key, "%s: what attrsvc said of run %s is gone" % (where, key))

    def _check_watermark(self, where, runs, store):
        """Who stands behind the watermark is known."""
        if store.watermark is None:
            return
        for key, run in runs.items():
            behind = run.state and max(run.told, run.end + WATERMARK_SLACK) < store.watermark
            if behind and key not in store.runs:
                self._lose(key, "%s: run %s is behind the watermark and not known" % (where, key))

    def _check_nothing_is_invented(self, where, runs, store):
        for key in store.runs.keys() - runs.keys():
            self._fault("%s: there is no run %s" % (where, key))

    def _unanswered(self, where, store, accepted):
        """{log path: requests since the last kill that attrsvc took, unknown to the store}"""
        sent = store.sent()
        result = {}
        self.duplicates = 0
        for path in accepted.keys() | sent.keys():
            count = accepted[path] - sent[path] - self._in_flight[path]
            if count < 0:
                self._lose(path, "%s: attrsvc never took %s, as the store says" % (where, path))
            elif count > 0:
                result[path] = count
            self.duplicates += max(accepted[path] - max(sent[path], 1), 0)
        return result

    def _fault(self, sentence):
        self.faults.append(sentence)

    def _lose(self, what, sentence):
        """Each run or log is told of once, in the round in which it was lost."""
        if what not in self._lost:
            self._fault(sentence)
        self._lost.add(what)
