"""Every external repository of this workspace. None of them is downloaded."""

load("//bazel:debian_base.bzl", "debian_base")
load("//bazel:go_tools.bzl", "go_tools")
load("//bazel:python_tools.bzl", "python_tools")
load("//bazel:system_package.bzl", "system_package")

_ABSL_MODULES = [
    "base",
    "cord",
    "core_headers",
    "flat_hash_map",
    "flat_hash_set",
    "hash",
    "status",
    "statusor",
    "str_format",
    "strings",
    "synchronization",
    "time",
]

def _bazel_rules():
    # Debian's rules_cc needs Bazel >= 5; see third_party/rules_cc/cc/defs.bzl.
    native.local_repository(name = "rules_cc", path = "third_party/rules_cc")

    # Debian's bazel-rules-java, bazel-rules-proto, bazel-platforms, bazel-skylib.
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")
    native.local_repository(name = "platforms", path = "/usr/share/bazel/tools/platforms")
    native.local_repository(name = "bazel_skylib", path = "/usr/share/bazel/tools/skylib")

    # Bazel wants this one for every cc_test, and would download a Java tool.
    native.local_repository(name = "remote_coverage_tools", path = "third_party/coverage_tools")

def _system_libraries():
    system_package(
        name = "com_google_protobuf",
        apt = "libprotobuf-dev protobuf-compiler",
        build_files = {"//third_party/protobuf:protobuf.BUILD": "BUILD.bazel"},
        links = {
            "/usr/bin/protoc": "protoc",
            "/usr/include/google/protobuf": "google/protobuf",
        },
        pkg_config = {"protobuf": "3.21.0"},
    )
    system_package(
        name = "com_github_grpc_grpc",
        apt = "libgrpc++-dev protobuf-compiler-grpc",
        build_files = {"//third_party/grpc:grpc.BUILD": "BUILD.bazel"},
        links = {
            "/usr/bin/grpc_cpp_plugin": "grpc_cpp_plugin",
            "/usr/include/grpc": "grpc",
            "/usr/include/grpc++": "grpc++",
            "/usr/include/grpcpp": "grpcpp",
        },
        pkg_config = {"grpc++": "1.51.0"},
    )
    system_package(
        name = "com_google_absl",
        apt = "libabsl-dev",
        build_files = {
            "//third_party/absl:absl.BUILD": "BUILD.bazel",
            "//third_party/absl:base.BUILD": "absl/base/BUILD.bazel",
            "//third_party/absl:container.BUILD": "absl/container/BUILD.bazel",
            "//third_party/absl:functional.BUILD": "absl/functional/BUILD.bazel",
            "//third_party/absl:hash.BUILD": "absl/hash/BUILD.bazel",
            "//third_party/absl:status.BUILD": "absl/status/BUILD.bazel",
            "//third_party/absl:strings.BUILD": "absl/strings/BUILD.bazel",
            "//third_party/absl:synchronization.BUILD": "absl/synchronization/BUILD.bazel",
            "//third_party/absl:time.BUILD": "absl/time/BUILD.bazel",
        },
        links = {"/usr/include/absl": "include/absl"},
        pkg_config = {
            "absl_" + module: "20220623"
            for module in _ABSL_MODULES
        },
    )
    system_package(
        name = "com_google_googletest",
        apt = "libgtest-dev libgmock-dev",
        build_files = {"//third_party/googletest:googletest.BUILD": "BUILD.bazel"},
        links = {
            "/usr/include/gmock": "gmock",
            "/usr/include/gtest": "gtest",
        },
        pkg_config = {
            "gmock": "1.12.0",
            "gtest": "1.12.0",
        },
    )
    system_package(
        name = "com_github_gflags_gflags",
        apt = "libgflags-dev",
        build_files = {"//third_party/gflags:gflags.BUILD": "BUILD.bazel"},
        links = {"/usr/include/gflags": "gflags"},
        pkg_config = {"gflags": "2.2.0"},
    )
    system_package(
        name = "curl",
        apt = "libcurl4-openssl-dev",
        build_files = {"//third_party/curl:curl.BUILD": "BUILD.bazel"},
        links = {"/usr/include/x86_64-linux-gnu/curl": "curl"},
        pkg_config = {"libcurl": "7.88.0"},
    )
    system_package(
        name = "openssl",
        apt = "libssl-dev",
        build_files = {"//third_party/openssl:openssl.BUILD": "BUILD.bazel"},
        links = {"/usr/include/openssl": "openssl"},
        pkg_config = {"openssl": "3.0.0"},
    )
    system_package(
        name = "soci",
        apt = "libsoci-dev libsqlite3-dev",
        build_files = {"//third_party/soci:soci.BUILD": "BUILD.bazel"},
        links = {"/usr/include/soci": "soci"},
        pkg_config = {"sqlite3": "3.40.0"},
    )
    system_package(
        name = "libpq",
        apt = "libpq-dev",
        build_files = {"//third_party/libpq:libpq.BUILD": "BUILD.bazel"},
        links = {
            "/usr/include/postgresql/libpq-fe.h": "libpq-fe.h",
            "/usr/include/postgresql/pg_config_ext.h": "pg_config_ext.h",
            "/usr/include/postgresql/postgres_ext.h": "postgres_ext.h",
        },
        pkg_config = {"libpq": "15.0"},
    )
    system_package(
        name = "com_googlesource_code_re2",
        apt = "libre2-dev",
        build_files = {"//third_party/re2:re2.BUILD": "BUILD.bazel"},
        links = {"/usr/include/re2": "re2"},
        # Its .pc file says 0.0.0.
        pkg_config = {"re2": "0.0.0"},
    )
    system_package(
        name = "com_github_gabime_spdlog",
        apt = "libspdlog-dev",
        build_files = {"//third_party/spdlog:spdlog.BUILD": "BUILD.bazel"},
        links = {
            "/usr/include/fmt": "fmt",
            "/usr/include/spdlog": "spdlog",
        },
        pkg_config = {
            "fmt": "9.1.0",
            "spdlog": "1.10.0",
        },
    )
    system_package(
        name = "com_github_nlohmann_json",
        apt = "nlohmann-json3-dev",
        build_files = {"//third_party/nlohmann_json:nlohmann_json.BUILD": "BUILD.bazel"},
        links = {"/usr/include/nlohmann": "nlohmann"},
    )
    system_package(
        name = "com_github_tencent_rapidjson",
        apt = "rapidjson-dev",
        build_files = {"//third_party/rapidjson:rapidjson.BUILD": "BUILD.bazel"},
        links = {"/usr/include/rapidjson": "rapidjson"},
    )
    system_package(
        name = "com_github_cliutils_cli11",
        apt = "libcli11-dev",
        build_files = {"//third_party/cli11:cli11.BUILD": "BUILD.bazel"},
        links = {"/usr/include/CLI": "CLI"},
    )
    system_package(
        name = "com_github_jbeder_yaml_cpp",
        apt = "libyaml-cpp-dev",
        build_files = {"//third_party/yaml_cpp:yaml_cpp.BUILD": "BUILD.bazel"},
        links = {"/usr/include/yaml-cpp": "yaml-cpp"},
        pkg_config = {"yaml-cpp": "0.7.0"},
    )
    system_package(
        name = "com_github_jupp0r_prometheus_cpp",
        apt = "prometheus-cpp-dev",
        build_files = {"//third_party/prometheus_cpp:prometheus_cpp.BUILD": "BUILD.bazel"},
        links = {"/usr/include/prometheus": "prometheus"},
        pkg_config = {"prometheus-cpp-core": "1.0.0"},
    )
    system_package(
        name = "com_github_systemd_systemd",
        apt = "libsystemd-dev",
        build_files = {"//third_party/systemd:systemd.BUILD": "BUILD.bazel"},
        links = {"/usr/include/systemd": "systemd"},
        pkg_config = {"libsystemd": "252"},
    )
    system_package(
        name = "zlib",
        apt = "zlib1g-dev",
        build_files = {"//third_party/zlib:zlib.BUILD": "BUILD.bazel"},
        links = {
            "/usr/include/zconf.h": "zconf.h",
            "/usr/include/zlib.h": "zlib.h",
        },
        pkg_config = {"zlib": "1.2.11"},
    )
    system_package(
        name = "boost",
        apt = "libboost-dev",
        build_files = {"//third_party/boost:boost.BUILD": "BUILD.bazel"},
        links = {"/usr/include/boost/version.hpp": "version.hpp"},
    )

# The only Debian package that ships httpbody.proto carries Google's other
# common protos too.
_GOOGLEAPIS = "/usr/src/bazel-bootstrap/third_party/googleapis/"

# Its error_details.proto is from before ErrorInfo; this one is not.
_GOGO_GOOGLEAPIS = "/usr/share/gocode/src/github.com/gogo/googleapis/"
_ERROR_DETAILS = "google/rpc/error_details.proto"

def _system_protos():
    system_package(
        name = "com_google_googleapis",
        apt = "bazel-bootstrap-source golang-github-gogo-googleapis-dev",
        build_files = {
            "//third_party/googleapis:api.BUILD": "google/api/BUILD.bazel",
            "//third_party/googleapis:rpc.BUILD": "google/rpc/BUILD.bazel",
            "//third_party/googleapis:root.BUILD": "BUILD.bazel",
        },
        links = dict(
            {
                _GOOGLEAPIS + proto: proto
                for proto in [
                    "google/api/annotations.proto",
                    "google/api/http.proto",
                    "google/api/httpbody.proto",
                    "google/rpc/status.proto",
                ]
            },
            **{_GOGO_GOOGLEAPIS + _ERROR_DETAILS: _ERROR_DETAILS}
        ),
    )
    system_package(
        name = "com_github_grpc_grpc_proto",
        apt = "grpc-proto",
        build_files = {"//third_party/grpc_proto:grpc_proto.BUILD": "BUILD.bazel"},
        links = {"/usr/share/grpc-proto/grpc/health/v1/health.proto": "grpc/health/v1/health.proto"},
    )

def smon_repositories():
    _bazel_rules()
    _system_libraries()
    _system_protos()
    debian_base(name = "smon_debian_base")
    go_tools(name = "smon_go_tools")
    python_tools(name = "smon_python_tools")
