"""The Go programs of tools/go_tools, in the data of a test."""

import os
import unittest


def go_tool(name):
    """Path of "grpc-gateway", "grpcurl" or "grpc_health_probe".

    Raises unittest.SkipTest, with a loud line, where they have not been built.
    """
    path = os.path.abspath(os.path.join("..", "smon_go_tools", "bin", name))
    if not os.access(path, os.X_OK):
        print("\n*** SKIPPED: %s is not there. Build it, and name the folder:" % name)
        print('*** bazel test --repo_env=SMON_GO_TOOLS="$(tools/go_tools)" ...\n', flush=True)
        raise unittest.SkipTest("tools/go_tools has not built " + name)
    return path
