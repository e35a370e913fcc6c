"""The browser's modules over HTTP: a page cannot import modules from files."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.paths import ROOT


class QuietHandler(SimpleHTTPRequestHandler):
    """A server of the modules, their test cases, and a blank page at the root."""

    def do_GET(self) -> None:
        if self.path.endswith((".js", ".json", ".toml", ".css")):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve_modules() -> Iterator[str]:
    """Serve the repository and yield the address."""
    server = ThreadingHTTPServer(("localhost", 0), partial(QuietHandler, directory=str(ROOT)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
