"""What a replica's ways to PostgreSQL and to attrsvc do when they are shut."""

import http.server
import os
import shutil
import socket
import tempfile
import threading
import unittest

from testing.chaos import attrsvc_door, cuttable_proxy
from testing.chaos.attrsvc_door import AttrsvcDoor, RequestJournal
from testing.chaos.cuttable_proxy import CuttableProxy
from testing.service import http as ask
from testing.waiting import wait_for


class Echo(threading.Thread):
    """Says again what it hears, on a Unix socket."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.heard = b""
        self.connections = 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        self._socket.listen()
        self.start()

    def run(self):
        while True:
            connection = self._socket.accept()[0]
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            while piece := connection.recv(100):
                self.heard += piece
                connection.sendall(piece)


class CuttableProxyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, folder)
        self.server = Echo(os.path.join(folder, "socket"))
        self.proxy = CuttableProxy(os.path.join(folder, "socket"))
        self.proxy.__enter__()
        self.addCleanup(self.proxy.__exit__, None, None, None)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), 10)
        self.addCleanup(client.close)
        return client

    def open(self):
        """A connection through which something has gone."""
        client = self.connect()
        self.assert_passes(client)
        return client

    def assert_passes(self, client):
        client.sendall(b"hello")
        heard = client.recv(100)
        if not heard:
            raise ConnectionResetError
        self.assertEqual(heard, b"hello")

    def assert_is_reset(self, client):
        with self.assertRaises(ConnectionResetError):
            if client.recv(100) == b"":
                raise ConnectionResetError

    def assert_silent(self, client):
        client.settimeout(0.3)
        with self.assertRaises(socket.timeout):
            client.recv(100)
        client.settimeout(10)

    def test_what_is_cut_is_reset_and_can_be_opened_again(self):
        client = self.open()
        self.proxy.set(cuttable_proxy.CUT)
        self.assert_is_reset(client)
        with self.assertRaises(ConnectionResetError):
            self.open()
        self.proxy.set(cuttable_proxy.PASS)
        self.open()

    def test_nothing_goes_through_a_black_hole_and_nobody_is_told(self):
        client = self.open()
        self.proxy.set(cuttable_proxy.BLACK_HOLE)
        client.sendall(b"lost")
        self.assert_silent(client)
        self.assertEqual(self.server.heard, b"hello")
        new = self.connect()
        new.sendall(b"lost")
        self.assert_silent(new)
        self.assertEqual(self.server.connections, 1)
        self.proxy.set(cuttable_proxy.PASS)
        self.assert_is_reset(client)
        self.assert_is_reset(new)
        self.open()

    def test_a_mute_server_hears(self):
        client = self.open()
        self.proxy.set(cuttable_proxy.MUTE)
        client.sendall(b"heard")
        wait_for(lambda: self.server.heard == b"helloheard", 10, lambda: self.server.heard)
        self.assert_silent(client)
        self.proxy.set(cuttable_proxy.PASS)
        self.assert_is_reset(client)

    def test_a_slow_one_answers(self):
        client = self.open()
        self.proxy.set(cuttable_proxy.SLOW)
        self.assert_passes(client)


class Attrsvc(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "completed"}')

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken += 1
        self.do_GET()

    def log_message(self, *_):
        pass


class AttrsvcDoorTest(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Attrsvc)
        self.server.taken = 0
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(self.server.shutdown)
        self.journal = RequestJournal()
        url = "http://127.0.0.1:%d" % self.server.server_port
        self.door = AttrsvcDoor("a", url, self.journal)
        self.door.__enter__()
        self.addCleanup(self.door.__exit__, None, None, None)

    def post(self):
        return ask(self.door.url + "/logs", '{"log_path": "/logs/1"}')

    def requests(self):
        return [(r.replica, r.log_path, r.status) for r in self.journal.requests("POST")]

    def test_each_answer_has_its_number(self):
        for number in range(2):
            status, text = ask(self.door.url + "/logs?log_path=/logs/1")
            self.assertEqual(status, 200)
            self.assertEqual(text, '{"status": "completed", "answer_number": %d}' % number)
            self.assertEqual(self.journal.answer(number), ("/logs/1", text))

    def test_it_knows_whose_request_it_was_and_what_came_of_it(self):
        self.assertEqual(self.post()[0], 200)
        self.assertEqual(self.requests(), [("a", "/logs/1", 200)])

    def shut(self, mode):
        """Posts while the door is shut; returns how many of it attrsvc then has got."""
        self.door.set(mode)
        errors = []

        def post():
            try:
                self.post()
            except OSError as error:
                errors.append(error)

        thread = threading.Thread(target=post)
        thread.start()
        wait_for(self.requests, 10, "the request is there")
        if mode == attrsvc_door.MUTE:
            wait_for(lambda: self.server.taken, 10, "attrsvc has got it")
        self.door.set(attrsvc_door.PASS)
        thread.join()
        self.assertEqual(len(errors), 1)
        return self.server.taken

    def test_what_is_cut_reaches_nobody(self):
        self.assertEqual(self.shut(attrsvc_door.CUT), 0)
        self.assertEqual(self.requests(), [("a", "/logs/1", None)])

    def test_what_a_deaf_one_is_asked_reaches_nobody(self):
        self.assertEqual(self.shut(attrsvc_door.DEAF), 0)
        self.assertEqual(self.requests(), [("a", "/logs/1", None)])

    def test_a_mute_one_has_taken_it(self):
        self.assertEqual(self.shut(attrsvc_door.MUTE), 1)
        self.assertEqual(self.requests(), [("a", "/logs/1", 200)])


if __name__ == "__main__":
    unittest.main()
