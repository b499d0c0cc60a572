"""py_unittest: unittest modules in Python as one Bazel test.

Bazel 4's own py_test starts `python`, which Debian 12 does not have, so this is
an sh_test whose program is testing/run_unittest.py. Modules are imported by
their path from the root of the workspace: `from testing.cluster import ...`.
"""

def py_unittest(name, srcs, data = [], deps = [], real_slurm = False, tags = [], **kwargs):
    """Declares a test.

    Args:
      name: name of the test.
      srcs: the test modules, files of this package.
      data: files and programs that the test opens or runs.
      deps: py_library targets that it imports.
      real_slurm: the test starts a Slurm of its own. It then runs alone, and
        outside the sandbox, whose process and file limits Slurm cannot live with.
      tags: more tags.
      **kwargs: passed to the sh_test (size, timeout, ...).
    """
    package = native.package_name().replace("/", ".")
    native.sh_test(
        name = name,
        srcs = ["//testing:run_unittest.py"],
        args = [
            "%s.%s" % (package, src[:-len(".py")].replace("/", "."))
            for src in srcs
        ],
        data = srcs + deps + data,
        tags = tags + (["exclusive", "local"] if real_slurm else []),
        **kwargs
    )
