"""Several smonsvc on one PostgreSQL, and all that can go wrong between them (docs/DELIVERY.md).

    tools/chaos --replicas=3 100 [--seed=N]

In each round replicas are killed, paused and cut off, PostgreSQL restarts, attrsvc
fails, alone or together, while jobs come, end, are requeued and purged. Then all is
well again, for a moment. In the end everything that ended has to be known, sent and
judged. A seed repeats the decisions. Exit status 1 when something is wrong.
"""

import random
import sys
import time

from testing.chaos import store_copy
from testing.chaos.chaos import END_DEADLINE, HOPELESS_DEADLINE, failpoints
from testing.chaos.fleet import SUBMIT_RATE, Fleet
from testing.chaos.outage import AtFailpoint, DatabaseRestart, Stop
from testing.chaos.replica_ledger import MOST_FAILOVER_SECONDS, ReplicaLedger
from testing.chaos.strikes import Plan
from testing.chaos.workload import Workload
from testing.waiting import wait_for

# Jobs come and go so often, and faults are looked after.
WORK_SECONDS = 1
LOOK_SECONDS = 0.05
# So long a fault waits for its failpoint, which some need luck to come to.
FAILPOINT_SECONDS = 6
# A round is over when all are well; that takes seconds.
SETTLE_SECONDS = 20
ROW = "%5s  %-62s %9s %6s %6s %10s %5s"


class ReplicaChaos:
    """A run of some rounds. Everything that it starts has ended when it is closed."""

    def __init__(self, rounds, replicas, seed, out=sys.stdout):
        self.ledger = ReplicaLedger()
        self.outages = []
        self._rounds = rounds
        self._seed = seed
        self._out = out
        self._fleet = Fleet(replicas, seed)
        self._failpoints = [name for name in failpoints() if not name.startswith("start.")]
        self._worked = 0
        self._judged_polls = 0

    def __enter__(self):
        self._fleet.__enter__()
        self._workload = Workload(self._fleet.slurm, self._fleet.folder, random.Random(self._seed))
        return self

    def __exit__(self, *_):
        self._fleet.__exit__()

    def run(self):
        """All rounds; True when nothing is wrong."""
        self._print("seed=%d, %d replicas" % (self._seed, len(self._fleet.replicas)))
        self._fleet.start()
        wait_for(self._fleet.polls.poller, 30, "somebody polls")
        self._print(ROW % ("round", "what went wrong (* the poller)", "failover", "known", "sent", "duplicates", "lost"))
        for number in range(1, self._rounds + 1):
            self._round(number)
        self._end()
        for sentence in self.ledger.faults:
            self._print(sentence)
        self._print(self._summary())
        return not self.ledger.faults

    def _print(self, line):
        print(line, file=self._out, flush=True)

    def _summary(self):
        ledger = self.ledger
        failovers = sorted(ledger.failovers)
        text = "rounds=%d faults=%d jobs=%d lost=%d overwritten=%d duplicates=%d polls_by_two=%d" % (
            self._rounds,
            sum(outage.begun is not None for outage in self.outages),
            len(self._workload.runs),
            ledger.lost,
            ledger.overwritten,
            ledger.duplicates,
            ledger.polls_by_two,
        )
        if failovers:
            middle = failovers[len(failovers) // 2]
            text += " failovers=%d p50=%.1fs max=%.1fs" % (len(failovers), middle, failovers[-1])
        text += " rate=%.1f of %g" % (ledger.top_rate, SUBMIT_RATE)
        return text + (" FAILED" if ledger.faults else " (all duplicates in flight at a fault)")

    def _round(self, number):
        poller = self._fleet.polls.poller()
        order = sorted(self._fleet.replicas.values(), key=lambda replica: (replica.name != poller, replica.name))
        plan = Plan(number, self._rounds, len(order), self._failpoints, self._seed)
        outages = [strike.outage(self._fleet, order) for strike in plan.strikes]
        where = "round %d" % number
        failovers = len(self.ledger.failovers)
        self.outages += outages
        self._suffer(list(zip(plan.strikes, outages)))
        self._settle(where)
        store = self._judge(where, outages)
        took = " ".join("%.1fs" % seconds for seconds in self.ledger.failovers[failovers:])
        kinds = ", ".join(o.kind + ("" if o.begun else " (not reached)") for o in outages)
        known, sent = len(store.runs), sum(store.sent().values())
        self._print(ROW % (number, kinds, took, known, sent, self.ledger.duplicates, self.ledger.lost))

    def _suffer(self, coming):
        """All strikes, each in its time, while jobs come and go."""
        begin = time.time()
        there = []
        while coming or there:
            while coming and time.time() - begin >= coming[0][0].at:
                strike, outage = coming.pop(0)
                outage.begin()
                patience = FAILPOINT_SECONDS if isinstance(outage, AtFailpoint) else 0
                there.append((time.time() + patience, strike, outage))
            for entry in list(there):
                since, strike, outage = entry
                outage.look()
                # Whoever is killed comes back to a database that is there.
                must_wait = outage.is_deadly and not self._fleet.database.process
                if time.time() >= (outage.begun or since) + strike.seconds and not must_wait:
                    outage.end()
                    there.remove(entry)
            self._work()
            time.sleep(LOOK_SECONDS)

    def _work(self):
        if time.monotonic() < self._worked + WORK_SECONDS:
            return
        self._worked = time.monotonic()
        self._workload.step()
        names = list(self._fleet.replicas.values())
        for number, raw_id in enumerate(self._workload.lately_ended()):
            names[number % len(names)].notify(raw_id)

    def _settle(self, where):
        """All is well again: all replicas serve, and one of them polls."""
        healed = time.time()
        for replica in self._fleet.replicas.values():
            self._revive(where, replica)
        for replica in self._fleet.replicas.values():
            try:
                replica.wait_until_serving()
            except AssertionError as error:
                self.ledger.tell("%s: %s" % (where, error))

        served = time.time()

        def somebody_polls():
            self._work()
            return [when for when, _ in self._fleet.polls.polls() if when > healed]

        try:
            first = wait_for(somebody_polls, SETTLE_SECONDS, "somebody polls")[0]
        except AssertionError as error:
            self.ledger.tell("%s: %s" % (where, error))
            return
        if first - served > MOST_FAILOVER_SECONDS:
            self.ledger.tell("%s: for %.1f s nobody polled, and all was well" % (where, first - served))

    def _revive(self, where, replica):
        """As systemd does with one that could not start without its database."""
        if not replica.is_dead():
            return
        restarts = [o for o in self.outages if isinstance(o, DatabaseRestart)]
        if not any(o.overlaps(replica.started, time.time()) for o in restarts):
            self.ledger.tell("%s: %s has ended by itself:\n%s" % (where, replica.name, replica.log()[-4000:]))
        replica.start()

    def _judge(self, where, outages, stops=()):
        """Args: outages: of this round. stops: those of the end, after which others take over."""
        polls = self._fleet.polls.polls()
        store = self._fleet.store.read()
        self.ledger.after_round(where, self._workload.runs, store)
        self.ledger.judge_failovers(where, outages, polls)
        self.ledger.judge_polls([*self.outages, *stops], polls[max(self._judged_polls - 1, 0) :])
        self.ledger.judge_leases(self.outages, polls[self._judged_polls :], self._fleet.store.leases())
        self._judged_polls = len(polls)
        posts = self._fleet.requests.requests("POST")
        self.ledger.judge_duplicates(self._workload.deliveries(), posts, self.outages)
        return store

    def _end(self):
        """All jobs end, and everything has to settle."""
        self._workload.end_all()
        try:
            # What is lost already does not come by waiting.
            deadline = HOPELESS_DEADLINE if self.ledger.faults else END_DEADLINE
            wait_for(self._is_settled, deadline, "all is settled", interval=1)
        except AssertionError as error:  # the ledger tells what is not
            self._print(str(error))
        stops = [Stop("stop", self._fleet, replica) for replica in self._fleet.replicas.values()]
        for stop in stops:
            try:
                stop.begin()
            except AssertionError as error:
                self.ledger.tell("end: %s" % error)
        store = self._judge("end", [], stops)
        deliveries = self._workload.deliveries()
        self.ledger.judge_witness(self._fleet.store.witnessed())
        self.ledger.judge_rate(self._fleet.requests.requests("POST"), SUBMIT_RATE)
        self.ledger.judge_end(self._workload.runs, deliveries, store, self._fleet.requests.answer)

    def _is_settled(self):
        stored = self._fleet.store.read().runs
        return all(
            key in stored and (stored[key].state, stored[key].phase) == (run.state, store_copy.COMPLETED)
            for key, run in self._workload.runs.items()
        )


def run(rounds, replicas, seed):
    """Returns the exit status."""
    with ReplicaChaos(rounds, replicas, seed) as chaos:
        return 0 if chaos.run() else 1
