"""A gRPC client that knows nothing of a server but what its reflection tells.

    client = Client("127.0.0.1:8101")
    client.learn("smon.v1.MonitorService")
    client.call("smon.v1.MonitorService", "GetJob", job_id="1")

No generated code, and no .proto file but reflection's own.
"""

import os
import subprocess
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

GRPC_PROTOS = "/usr/share/grpc-proto"
REFLECTION = "grpc.reflection.v1alpha.ServerReflection"


class Client:
    """Calls rpcs by name, with messages made from descriptors."""

    def __init__(self, address):
        self.pool = descriptor_pool.DescriptorPool()
        # Otherwise it may get the connection of an older client, to a service that
        # was restarted meanwhile.
        self.channel = grpc.insecure_channel(
            address, options=[("grpc.use_local_subchannel_pool", 1)]
        )
        self.add_proto("grpc/reflection/v1alpha/reflection.proto")

    def add_proto(self, path):
        """Adds a .proto file below /usr/share/grpc-proto."""
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "set")
            subprocess.run(
                ["protoc", "-I" + GRPC_PROTOS, "--descriptor_set_out=" + out, path], check=True
            )
            with open(out, "rb") as file:
                for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
                    self.pool.Add(proto)

    def message(self, name):
        descriptor = self.pool.FindMessageTypeByName(name)
        return message_factory.MessageFactory(self.pool).GetPrototype(descriptor)

    def stub(self, kind, service, rpc):
        """(callable, request class) of an rpc; kind: "unary_unary", "unary_stream", ..."""
        method = self.pool.FindServiceByName(service).FindMethodByName(rpc)
        request = self.message(method.input_type.full_name)
        response = self.message(method.output_type.full_name)
        stub = getattr(self.channel, kind)(
            "/%s/%s" % (service, rpc),
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        return stub, request

    def call(self, rpc_service, rpc, **fields):
        stub, request = self.stub("unary_unary", rpc_service, rpc)
        return stub(request(**fields), timeout=10)

    def reflect(self, **fields):
        """One question to ServerReflection."""
        stub, request = self.stub("stream_stream", REFLECTION, "ServerReflectionInfo")
        return next(stub(iter([request(**fields)]), timeout=10))

    def learn(self, symbol):
        """Adds the file that declares a symbol, and all that it imports."""
        answer = self.reflect(file_containing_symbol=symbol)
        protos = {}
        for data in answer.file_descriptor_response.file_descriptor_proto:
            proto = descriptor_pb2.FileDescriptorProto.FromString(data)
            protos[proto.name] = proto
        name = next(name for name, p in protos.items() if symbol in [p.package + "." + s.name for s in p.service])
        self._add(name, protos, set())

    def learn_file(self, name):
        """Adds a file by its name, and all that it imports."""
        self._add(name, {}, set())

    def _add(self, name, protos, added):
        if name in added:
            return
        added.add(name)
        if name not in protos:
            answer = self.reflect(file_by_filename=name)
            data = answer.file_descriptor_response.file_descriptor_proto[0]
            protos[name] = descriptor_pb2.FileDescriptorProto.FromString(data)
        for dependency in protos[name].dependency:
            self._add(dependency, protos, added)
        self.pool.Add(protos[name])
