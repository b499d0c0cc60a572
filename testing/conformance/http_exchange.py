"""One HTTP/1.1 request over a connection of its own, byte for byte as given."""

import socket
from typing import NamedTuple

HOST = "smon.test"


class Request(NamedTuple):
    method: str
    target: str
    body: bytes = b""
    headers: tuple = ()  # (name, value) pairs

    def __str__(self):
        text = "%s %s" % (self.method, self.target)
        if self.headers:
            text += " [%s]" % ", ".join("%s: %s" % pair for pair in self.headers)
        if self.body:
            text += " %r" % self.body.decode(errors="backslashreplace")
        return text if len(text) < 400 else text[:400] + "... (%d)" % len(text)

    def to_bytes(self):
        headers = [("Host", HOST), ("Connection", "close"), *self.headers]
        # As every client does: a length where there is a body, or could be one.
        if self.body or self.method in ("POST", "PUT", "PATCH"):
            headers.append(("Content-Length", str(len(self.body))))
        lines = ["%s %s HTTP/1.1" % (self.method, self.target)]
        lines += ["%s: %s" % pair for pair in headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


class Answer(NamedTuple):
    status: int
    headers: list  # (name in lower case, value) pairs, in order
    body: bytes


def _unchunk(data):
    """(body, trailers) of a chunked body."""
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if length == 0:
            return body, _headers(data)
        body += data[:length]
        data = data[length + 2 :]


def _headers(data):
    headers = []
    for line in data.split(b"\r\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers.append((name.lower(), value.strip()))
    return headers


def exchange(port, request, timeout=60):
    """Sends a request to loopback and returns the whole Answer, trailers included."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        data = b""
        try:
            connection.sendall(request.to_bytes())
            while True:
                piece = connection.recv(1 << 16)
                if not piece:
                    break
                data += piece
        except ConnectionError:
            pass  # closed with data of ours unread: what came before counts
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        raise AssertionError("no answer to %s: %r" % (request, data[:200]))
    status, _, fields = head.partition(b"\r\n")
    headers = _headers(fields)
    if ("transfer-encoding", "chunked") in headers:
        body, trailers = _unchunk(body)
        headers += trailers
    return Answer(int(status.split(b" ")[1]), headers, body)
