"""A mail server on this machine that hangs up after each mail, as servers with a limit do."""

import socket
import threading
from typing import Any


class HastySink:
    """Takes one mail a connection, then closes it without a word; `taken` holds the mails."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(10)
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            self.connections += 1
            with client, client.makefile("rwb") as line:
                self._talk(line)

    def _talk(self, line: Any) -> None:
        say(line, "220 hasty")
        while command := line.readline().decode(errors="replace").strip():
            if not command.upper().startswith("DATA"):
                say(line, "250 fine")
                continue
            say(line, "354 go on")
            text = []
            while (part := line.readline().decode(errors="replace").rstrip("\r\n")) != ".":
                text.append(part)
            self.taken.append("\n".join(text))
            say(line, "250 taken")
            return


def say(line: Any, words: str) -> None:
    line.write(f"{words}\r\n".encode())
    line.flush()
