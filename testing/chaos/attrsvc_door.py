"""The way of one replica to attrsvc: tells whose requests they are, numbers the answers,
and can be shut.

    journal = RequestJournal()
    with AttrsvcDoor("a", attrsvc.url, journal) as door:
        ...                    # smonsvc --attrsvc_url=door.url
        door.set(MUTE)         # attrsvc gets requests, and its answers get lost
    journal.requests()         # all that came through any door

Each verdict gets an `answer_number`, by which one can tell which answer is stored.
"""

import http.client
import http.server
import json
import socket
import struct
import threading
import time
import urllib.parse

PASS = "pass"
# Connections are reset.
CUT = "cut"
# Requests get lost on their way.
DEAF = "deaf"
# Answers get lost on their way back.
MUTE = "mute"

NUMBER = "answer_number"


class Request:
    """One request that came through a door; times as of time.time().

    Attributes:
      replica: whose it was.
      method, log_path, received: as it came.
      status: attrsvc's answer; None while there is none, or if it never got the request.
      ended: when the answer was on its way back, or lost; None until then.
    """

    def __init__(self, replica, method, log_path):
        self.replica = replica
        self.method = method
        self.log_path = log_path
        self.received = time.time()
        self.status = None
        self.ended = None


class RequestJournal:
    """All requests of all doors, and all verdicts. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._requests = []
        self._answers = []

    def add(self, request):
        with self._lock:
            self._requests.append(request)

    def number(self, request, body):
        """The body with the number that it gets; as it came if it is no JSON object."""
        try:
            answer = json.loads(body)
        except ValueError:
            return body
        if not isinstance(answer, dict):
            return body
        with self._lock:
            answer[NUMBER] = len(self._answers)
            body = json.dumps(answer).encode()
            self._answers.append((request.log_path, body.decode()))
        return body

    def requests(self, method=None):
        """Oldest first."""
        with self._lock:
            return [r for r in self._requests if method in (None, r.method)]

    def answer(self, number):
        """(log path, body) of the answer with that number; None if there is none."""
        with self._lock:
            return self._answers[number] if 0 <= number < len(self._answers) else None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self._attrsvc = http.client.HTTPConnection(*self.server.attrsvc, timeout=60)
        self.server.note_open(self.connection)

    def finish(self):
        self._attrsvc.close()
        self.server.note_closed(self.connection)
        try:
            super().finish()
        except OSError:
            pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._pass_on(body, json.loads(body).get("log_path", ""))

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self._pass_on(None, query.get("log_path", [""])[0])

    def _pass_on(self, body, log_path):
        request = Request(self.server.replica, self.command, log_path)
        self.server.journal.add(request)
        try:
            if self.server.mode in (CUT, DEAF):
                self._lose()
                return
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
            self._attrsvc.request(self.command, self.path, body, headers)
            answer = self._attrsvc.getresponse()
            text = answer.read()
            if self.command == "GET" and log_path and answer.status == 200:
                text = self.server.journal.number(request, text)
            request.status = answer.status
            self._answer(answer, text)
        except (OSError, http.client.HTTPException):
            self._lose()  # attrsvc has cut it off, or the replica is gone
        finally:
            request.ended = time.time()

    def _answer(self, answer, text):
        if self.server.mode != PASS:
            self._lose()
            return
        self.send_response(answer.status)
        for name in ("Content-Type", "Retry-After", "Allow"):
            if answer.getheader(name):
                self.send_header(name, answer.getheader(name))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _lose(self):
        self.server.wait_until_open()
        self.close_connection = True
        _reset(self.connection)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def __init__(self, replica, attrsvc, journal):
        self.replica = replica
        self.attrsvc = attrsvc
        self.journal = journal
        self.mode = PASS
        self._changed = threading.Condition()
        self._open = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def set(self, mode):
        with self._changed:
            self.mode = mode
            if mode == CUT:
                for connection in self._open:
                    _reset(connection)
            self._changed.notify_all()

    def wait_until_open(self):
        """For a request that is lost: no sooner does the replica hear of it."""
        with self._changed:
            self._changed.wait_for(lambda: self.mode in (PASS, CUT))

    def note_open(self, connection):
        with self._changed:
            self._open.add(connection)

    def note_closed(self, connection):
        with self._changed:
            self._open.discard(connection)

    def handle_error(self, request, client_address):
        pass  # a connection that was reset


def _reset(connection):
    """Both sides see an end at once, whoever waits for something there."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class AttrsvcDoor:
    """.url is where the replica finds attrsvc."""

    def __init__(self, replica, attrsvc_url, journal):
        url = urllib.parse.urlsplit(attrsvc_url)
        self._server = _Server(replica, (url.hostname, url.port), journal)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = "http://127.0.0.1:%d" % self._server.server_port

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.set(CUT)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def set(self, mode):
        """From now on, also for the requests that are under way."""
        self._server.set(mode)
