"""An attrsvc for tests that goes wrong about single logs, in ways that attrsvc_standin cannot.

    attrsvc = FaultyAttrsvc()
    with attrsvc.faulty("POST", "/logs/job-1.out", status(500, "internal_error")):
        ...  # each POST of that log is answered so; all else is answered as it should be

A fault is a function that is called with the request's handler and answers it, or
does not. It runs on a thread of its own, and ends when the client has gone away.
"""

import contextlib
import http.server
import json
import select
import socket
import struct
import threading
import time
import urllib.parse

ACCEPTED = {"submitted": True, "mode": "SINGLE"}
VERDICT = {
    "status": "completed",
    "recommendation": {"action": "STOP", "reason": "bad loss", "source": "log_analyzer"},
    "result": {"module": "log_analyzer", "result": []},
}
HTML = b"<html><body><h1>It does not work</h1></body></html>"


def answer(status, body, content_type="application/json", **headers):
    """A whole answer; headers as Retry_After="3"."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def send(handler):
        handler.begin(status, content_type, len(data), headers)
        handler.wfile.write(data)

    return send


def error(status, error_code, message="no", **headers):
    """One of attrsvc's own errors."""
    return answer(status, {"error_code": error_code, "message": message}, **headers)


def html(status):
    """A page of a proxy's."""
    return answer(status, HTML, "text/html")


def hang(handler):
    """No answer at all."""
    handler.wait_until_client_is_gone()


def reset_in_mid_body(handler):
    """Half of an answer, then the connection is reset."""
    handler.begin(200, "application/json", 1000)
    handler.wfile.write(b'{"status": "compl')
    # Closing then sends RST instead of FIN.
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def drip(handler):
    """An answer that comes by a byte every 50 ms and has no end."""
    handler.begin(200, "application/json", 1 << 30)
    while not handler.wait_until_client_is_gone(0.05):
        handler.wfile.write(b" ")


def endless(handler):
    """A JSON object of 1 GB, as fast as it is read. Tells how much was, in `sent`."""
    handler.begin(200, "application/json", 1 << 30)
    handler.wfile.write(b'{"status": "')
    piece = b"x" * (1 << 20)
    handler.server.owner.sent = 0
    while handler.server.owner.sent < 1 << 30:
        handler.server.owner.sent += handler.connection.send(piece)


class Gate:
    """Holds answers back until it is opened."""

    def __init__(self):
        self._opened = threading.Event()

    def open(self):
        self._opened.set()

    def __call__(self, handler):
        while not self._opened.wait(0.02):
            if handler.wait_until_client_is_gone(0):
                return
        answer(200, ACCEPTED if handler.command == "POST" else VERDICT)(handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def begin(self, status, content_type, length, headers=None):
        """The head of an answer."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def wait_until_client_is_gone(self, timeout=None):
        """Whether the client has closed the connection, within so many seconds."""
        # It sends nothing else before it is answered.
        return bool(select.select([self.connection], [], [], timeout)[0])

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(body["log_path"], ACCEPTED)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path == "/logs" and "log_path" in query:
            self._answer(query["log_path"][0], VERDICT)
        elif url.path == "/healthz":
            answer(200, {"status": "ok"})(self)
        else:
            answer(404, {"detail": "Not Found"})(self)

    def _answer(self, log_path, healthy):
        fault = self.server.owner.note(self.command, log_path)
        try:
            (fault or answer(200, healthy))(self)
        except OSError:
            self.close_connection = True  # the client has gone away
        if fault:
            self.close_connection = True

    def log_message(self, *args):
        pass


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a connection that was reset


class FaultyAttrsvc:
    """Of the released form, on a free port; .url is where it listens. Thread-safe."""

    def __init__(self):
        self.sent = 0
        self._lock = threading.Lock()
        self._faults = {}
        self._requests = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = "http://127.0.0.1:%d" % self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self):
        """To be called once its clients have ended."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @contextlib.contextmanager
    def faulty(self, method, log_path, fault):
        """Within it, these requests are answered by `fault`."""
        with self._lock:
            self._faults[method, log_path] = fault
        try:
            yield
        finally:
            with self._lock:
                del self._faults[method, log_path]

    def note(self, method, log_path):
        """Lists a request; returns the fault that answers it, or None."""
        with self._lock:
            fault = self._faults.get((method, log_path))
            self._requests.append(
                {
                    "method": method,
                    "log_path": log_path,
                    "faulty": fault is not None,
                    "seconds": time.monotonic(),
                }
            )
            return fault

    def requests(self, method=None, log_path=None):
        """What it was asked about logs, oldest first."""
        with self._lock:
            return [
                request
                for request in self._requests
                if method in (None, request["method"]) and log_path in (None, request["log_path"])
            ]
