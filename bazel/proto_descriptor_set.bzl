"""proto_descriptor_set: a proto_library and all that it imports, with comments.

The output, NAME.pb, is a google.protobuf.FileDescriptorSet whose source_code_info
has the comments. What Bazel's proto_library makes by itself has none.
"""

load("@rules_proto//proto:defs.bzl", "ProtoInfo")

def _proto_descriptor_set_impl(ctx):
    proto_info = ctx.attr.proto[ProtoInfo]
    output = ctx.actions.declare_file(ctx.label.name + ".pb")

    args = ctx.actions.args()
    args.add_all(proto_info.transitive_proto_path, format_each = "-I%s")
    args.add("--include_imports")
    args.add("--include_source_info")
    args.add(output, format = "--descriptor_set_out=%s")
    args.add_all(proto_info.direct_sources)

    ctx.actions.run(
        executable = ctx.executable._protoc,
        inputs = proto_info.transitive_sources,
        outputs = [output],
        arguments = [args],
        mnemonic = "ProtoDescriptorSet",
        progress_message = "Describing %s" % ctx.attr.proto.label,
    )
    return [DefaultInfo(
        files = depset([output]),
        runfiles = ctx.runfiles(files = [output]),
    )]

proto_descriptor_set = rule(
    implementation = _proto_descriptor_set_impl,
    attrs = {
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "_protoc": attr.label(
            default = "@com_google_protobuf//:protoc",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
        ),
    },
)
