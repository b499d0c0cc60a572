"""The Python programs that tests use, as tools/python_tools has installed them.

SMON_PYTHON_TOOLS (--repo_env) is the folder that it printed. Without it the
repository is there, too, and names no folder: the tests that need one of them are
skipped. Only the name is in it: a virtual environment works in its place alone.
"""

def _python_tools_impl(rctx):
    rctx.file("folder", rctx.os.environ.get("SMON_PYTHON_TOOLS") or "")
    rctx.file("BUILD.bazel", """\
exports_files(["folder"])
""")

python_tools = repository_rule(
    implementation = _python_tools_impl,
    configure = True,
    environ = ["SMON_PYTHON_TOOLS"],
    local = True,
)
