"""Waiting for something to become true."""

import time

# Deadlines are for an idle machine; a busy one has so many times as long. That costs
# time where a test fails only.
_PATIENCE = 3


def wait_for(condition, deadline, what, interval=0.1):
    """Calls condition() until it returns something true, and returns that.

    Args:
      condition: called again and again.
      deadline: seconds after which, on an idle machine, AssertionError is raised.
      what: what is waited for, for the error; a string, or a callable that
        returns one (it is called at the end, to tell how things stand then).
      interval: seconds between two calls.
    """
    deadline *= _PATIENCE
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= end:
            text = what() if callable(what) else what
            raise AssertionError("not within %g s: %s" % (deadline, text))
        time.sleep(interval)
