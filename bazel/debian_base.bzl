"""The small Debians that tests install the package in, as tools/debian_base has made them.

SMON_DEBIAN_BASE (--repo_env) is the folder that it printed. Without it the
repository is there, too, and names no folder: the tests that need it are skipped.
"""

def _debian_base_impl(rctx):
    rctx.file("path", rctx.os.environ.get("SMON_DEBIAN_BASE", ""))
    rctx.file("BUILD.bazel", """\
exports_files(["path"])
""")

debian_base = repository_rule(
    implementation = _debian_base_impl,
    configure = True,
    environ = ["SMON_DEBIAN_BASE"],
    local = True,
)
