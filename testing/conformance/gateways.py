"""Starts the two gateways that are compared."""

from testing.service import Process, program


class GrpcGateway(Process):
    """The real one (reference/main.go), before a gRPC server.

    Attributes:
      http_port: where it listens, once it is ready.
    """

    def __init__(self, path, grpc_address):
        super().__init__([path, "-grpc=" + grpc_address])

    def wait_until_ready(self, log_begin):
        match = self.wait_for_log(r"^listening on 127\.0\.0\.1:(\d+)$", 30, log_begin)
        self.http_port = int(match.group(1))


class EchoGateway(Process):
    """EchoService over gRPC, with server/gateway before it (echo_gateway.cc).

    Attributes:
      grpc_address, http_port: where they listen, once they are ready.
    """

    def __init__(self):
        super().__init__([program("//testing/conformance:echo_gateway")])

    def wait_until_ready(self, log_begin):
        match = self.wait_for_log(r"^grpc (\d+)\nhttp (\d+)$", 30, log_begin)
        self.grpc_address = "127.0.0.1:" + match.group(1)
        self.http_port = int(match.group(2))
