"""The Python programs of tools/python_tools, for tests with
@smon_python_tools//:folder in their data."""

import importlib
import os
import sys
import unittest


def python_tool(name):
    """Path of a program in the virtual environment: "python", "schemathesis", ...

    Raises unittest.SkipTest, with a loud line, where they have not been installed.
    """
    with open(os.path.join("..", "smon_python_tools", "folder"), encoding="utf-8") as file:
        path = os.path.join(file.read(), "bin", name)
    if not os.access(path, os.X_OK):
        print("\n*** SKIPPED: %s is not there. Install it, and name the folder:" % name)
        print('*** bazel test --repo_env=SMON_PYTHON_TOOLS="$(tools/python_tools)" ...\n', flush=True)
        raise unittest.SkipTest("tools/python_tools has not installed " + name)
    return path


def python_module(name):
    """A module that is installed there, e.g. "playwright.sync_api". What it and this
    process's own Python both have is taken from the latter.

    Raises unittest.SkipTest as python_tool() does.
    """
    folder = os.path.dirname(os.path.dirname(python_tool("python")))
    version = "python%d.%d" % sys.version_info[:2]
    packages = os.path.join(folder, "lib", version, "site-packages")
    if packages not in sys.path:
        sys.path.append(packages)
    return importlib.import_module(name)
