"""Simulated browsers: their cookies, and what is said of a crowd's measurements."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from benchmarks.cookies import Cookies
from benchmarks.crowd_table import (
    APP_FULL,
    IMITATION_FULL,
    MACHINE_FULL,
    NOTHING_FULL,
    OTHERS_FULL,
    Result,
    limit,
)
from benchmarks.imitation import Measurements

XSRF = '_streamlit_xsrf="2|ab|cd|1"'
GIVEN = {
    "/": (f"{XSRF}; Path=/; SameSite=Lax", "chainscope=process-2; path=/; HttpOnly"),
    "/again": ("chainscope=process-3; path=/; HttpOnly; SameSite=Lax",),
    "/over": ("chainscope=; Max-Age=0; path=/",),
}


@contextmanager
def server(received: list[str]) -> Iterator[str]:
    """Give the cookies of GIVEN by path, and note those that come."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.headers.get("Cookie", ""))
            self.send_response(200)
            for cookie in GIVEN[self.path]:
                self.send_header("Set-Cookie", cookie)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("localhost", 0), Handler) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()


def test_an_imitated_browser_keeps_all_cookies_that_it_is_given() -> None:
    received: list[str] = []
    with server(received) as address:
        cookies, headers = Cookies(address), []
        for path in GIVEN:
            cookies.visit(path)
            headers.append({*cookies.header.split("; ")})
    assert headers == [{XSRF, "chainscope=process-2"}, {XSRF, "chainscope=process-3"}, {XSRF}]
    assert [{*each.split("; ")} for each in received] == [{""}, *headers[:-1]]
    assert cookies["_streamlit_xsrf"] == "2|ab|cd|1"


@pytest.mark.parametrize(
    ("imitation", "machine", "app", "full"),
    [
        (0.2, 1.0, 0.5, NOTHING_FULL),
        (0.95, 1.5, 0.5, IMITATION_FULL),
        (0.6, 1.7, 0.75, MACHINE_FULL),
        (0.4, 1.5, 0.95, APP_FULL),
        (0.2, 1.3, 0.5, OTHERS_FULL),
    ],
)
def test_it_is_said_what_limited_a_crowd(
    imitation: float, machine: float, app: float, full: str
) -> None:
    cores = {"app 1": app, "imitation": imitation, "machine": machine}
    result = Result("1 process", [Measurements()], 60.0, cores, {"app": 1.0})
    known = (IMITATION_FULL, MACHINE_FULL, OTHERS_FULL, APP_FULL, NOTHING_FULL)
    assert [text for text in known if text in limit(result, 2)] == [full]
