"""A way to the database that breaks on demand, at the worst moments."""

from __future__ import annotations

import select
import socket
import threading
from pathlib import Path


class Proxy:
    """
    Passes bytes between clients and a server's socket until a client sends a word that is listened for.

    ``before``: the word never arrives, and both sides are cut off. ``after``: it arrives and is answered, but the
    answer does not; ``last``: and nobody is let through any more. ``silent``: it
    never arrives, and the server is not told that the client has gone.
    """

    def __init__(self, folder: Path, server: Path, name: str = ".s.PGSQL.5432") -> None:
        self.folder = folder
        self.socket = folder / name
        self._server = str(server / name)
        self._word: bytes | None = None
        self._how = ""
        self._left: list[socket.socket] = []
        self.breaks = 0
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.socket))
        self._listening.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The way through the proxy."""
        return f"postgresql+psycopg://orderflow@/postgres?host={self.folder}"

    def break_at(self, word: bytes, how: str) -> None:
        """Break the next connection that sends *word*."""
        self._word, self._how = word, how

    def let_go(self) -> None:
        """Tell the server at last that silent clients have gone."""
        for each in self._left:
            each.close()
        self._left.clear()

    def close(self) -> None:
        """Take no more connections."""
        self.socket.unlink(missing_ok=True)
        self._listening.close()
        self.let_go()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._server)
            except OSError:
                client.close()
                server.close()
                continue
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        client.close()
                        server.close()
                        return
                    if ready is client and self._word is not None and self._word in data:
                        self._break(client, server, data)
                        return
                    (server if ready is client else client).sendall(data)
        except OSError:
            client.close()
            server.close()

    def _break(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        self._word = None
        self.breaks += 1
        if self._how == "last":
            self.socket.unlink()
        if self._how in ("after", "last"):
            server.sendall(data)
            server.recv(65536)
        client.close()
        if self._how == "silent":
            self._left.append(server)
        else:
            server.close()
