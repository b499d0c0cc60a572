"""cc_fuzz_target: one libFuzzer target, and a test that replays its corpus.

The source defines LLVMFuzzerTestOneInput and checks properties with
SMON_FUZZ_CHECK (//slurm/fuzz:fuzz). From it come

    NAME_test   a quick cc_test, built as all others are: every file of the
                corpus, and every file cut off at many places, must pass
    NAME        the fuzzer itself; builds with --config=fuzz (clang) only, so
                that it is `manual`. tools/fuzz builds and runs it.
"""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")

def cc_fuzz_target(name, srcs, deps, corpus):
    """Declares a fuzz target.

    Args:
      name: name of the fuzzer; ends in _fuzz.
      srcs: the source with LLVMFuzzerTestOneInput.
      deps: what it calls.
      corpus: a list of the files of its seed corpus.
    """
    cc_library(
        name = name + "_target",
        testonly = True,
        srcs = srcs,
        visibility = ["//visibility:private"],
        deps = deps + ["//slurm/fuzz:fuzz"],
        alwayslink = True,
    )
    cc_test(
        name = name + "_test",
        size = "small",
        args = ["$(rootpath %s)" % file for file in corpus],
        data = corpus,
        deps = [
            ":" + name + "_target",
            "//slurm/fuzz:replay_main",
        ],
    )
    cc_binary(
        name = name,
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":" + name + "_target"],
    )
