"""The Go programs that tests use, as tools/go_tools has built them.

SMON_GO_TOOLS (--repo_env) is the folder that it printed. Without it the
repository is there, too, and empty: the tests that need one of them are skipped.
"""

def _go_tools_impl(rctx):
    folder = rctx.os.environ.get("SMON_GO_TOOLS")
    if folder:
        for program in rctx.path(folder).readdir():
            rctx.symlink(program, "bin/" + program.basename)
    rctx.file("BUILD.bazel", """\
filegroup(
    name = "programs",
    srcs = glob(["bin/*"], allow_empty = True),
    visibility = ["//visibility:public"],
)
""")

go_tools = repository_rule(
    implementation = _go_tools_impl,
    configure = True,
    environ = ["SMON_GO_TOOLS"],
    local = True,
)
