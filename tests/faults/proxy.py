"""A line between a process and a server that a test may cut, hold or slow down."""

import socket
import time
from contextlib import suppress
from threading import Event as Flag
from threading import Thread

from tests.servers import free_port


class Proxy:
    """Forwards what comes to its port. `hold` takes everything and lets nothing through."""

    def __init__(self, target: int) -> None:
        self.port, self.target = free_port(), target
        self.delay_seconds = 0.0
        self._open, self._ended = Flag(), Flag()
        self._open.set()
        self._lines: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self._listen, daemon=True).start()

    def hold(self) -> None:
        """Let the network swallow everything: connections stand, nobody answers."""
        self._open.clear()

    def heal(self) -> None:
        """Let through what was held, and everything after it."""
        self.delay_seconds = 0.0
        self._open.set()

    def cut(self) -> None:
        """End every connection, as a fail-over does."""
        lines, self._lines = self._lines, []
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the proxy."""
        self._ended.set()
        self._open.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            Thread(target=self._connect, args=[line], daemon=True).start()

    def _connect(self, line: socket.socket) -> None:
        self._lines.append(line)
        self._open.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            line.close()
            return
        self._lines.append(server)
        back = Thread(target=self._forward, args=[server, line], daemon=True)
        back.start()
        self._forward(line, server)
        back.join()
        line.close()
        server.close()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while sent := source.recv(65_536):
                self._open.wait()
                if self.delay_seconds:
                    time.sleep(self.delay_seconds)
                sink.sendall(sent)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
