"""What grpc.health.v1 answers."""

import grpc

SERVING = b"\x08\x01"
NOT_SERVING = b"\x08\x02"


def health_request(service):
    """The bytes of a grpc.health.v1.HealthCheckRequest."""
    return b"\x0a" + bytes([len(service)]) + service.encode()


def health_check(address, service):
    """The bytes of a grpc.health.v1.HealthCheckResponse."""
    with grpc.insecure_channel(address) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        return check(health_request(service), timeout=10)
