"""A proxy in front of a server's Unix socket whose connections can be cut, held and slowed.

    with CuttableProxy("/run/server.sock") as proxy:
        ...                  # clients connect to TCP port proxy.port of 127.0.0.1
        proxy.set(CUT)       # what there is is reset, what is new refused
        proxy.set(PASS)

One thread serves all connections of all that go through it. Thread-safe.
"""

import asyncio
import contextlib
import socket
import struct
import threading

PASS = "pass"
# Each connection is reset, and each new one.
CUT = "cut"
# Nothing goes through any more, and nobody is told: as a cable that was pulled.
BLACK_HOLE = "black hole"
# What clients say reaches the server, what it answers does not reach them.
MUTE = "mute"
# Each piece takes its time, either way.
SLOW = "slow"

_SLOW_SECONDS = 0.15
_PIECE = 1 << 16


class CuttableProxy:
    def __init__(self, server_socket):
        self._server_socket = server_socket
        self._mode = PASS
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self._changed = None
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for writer in self._writers:
            writer.transport.abort()
        self._listener.close()
        self._loop.close()

    def set(self, mode):
        """From now on, also for the connections that there are."""
        asyncio.run_coroutine_threadsafe(self._set(mode), self._loop).result(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._changed = asyncio.Event()
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._listener))
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    async def _set(self, mode):
        # What a hole has swallowed is missing: such connections are of no more use.
        if mode == CUT or self._mode in (BLACK_HOLE, MUTE):
            for writer in list(self._writers):
                _reset(writer)
        self._mode = mode
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        server_writer = None
        try:
            if self._mode == CUT:
                _reset(writer)
                return
            while self._mode == BLACK_HOLE:
                await self._changed.wait()
            server_reader, server_writer = await asyncio.open_unix_connection(self._server_socket)
            self._writers.add(server_writer)
            pumps = [
                asyncio.ensure_future(self._pump(reader, server_writer, (BLACK_HOLE,))),
                asyncio.ensure_future(self._pump(server_reader, writer, (BLACK_HOLE, MUTE))),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
        except (OSError, asyncio.CancelledError):
            pass  # the server is away, or this proxy ends
        finally:
            for end in (writer, server_writer):
                if end is not None:
                    self._writers.discard(end)
                    end.transport.abort()

    async def _pump(self, reader, writer, holes):
        with contextlib.suppress(OSError):
            while True:
                piece = await reader.read(_PIECE)
                # An end within a hole is not seen either, until it is over.
                while not piece and self._mode in holes:
                    await self._changed.wait()
                if not piece:
                    return
                if self._mode in holes:
                    continue
                if self._mode == SLOW:
                    await asyncio.sleep(_SLOW_SECONDS)
                writer.write(piece)
                await writer.drain()


def _reset(writer):
    # Closing then sends RST instead of FIN; a Unix socket does not care.
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()
