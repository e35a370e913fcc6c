"""A browser's cookies of one server, which go along by HTTP and WebSocket alike."""

from http.cookiejar import CookieJar
from urllib.request import HTTPCookieProcessor, Request, build_opener


class Cookies:
    """All cookies that a server at an address has given, a proxy's before it included."""

    def __init__(self, address: str) -> None:
        self._address, self._jar = address, CookieJar()

    def visit(self, path: str) -> None:
        """Request a path with the cookies so far, and keep those of the answer."""
        build_opener(HTTPCookieProcessor(self._jar)).open(self._address + path).close()

    @property
    def header(self) -> str:
        """The header `Cookie` of a request to the server."""
        request = Request(self._address)
        self._jar.add_cookie_header(request)
        return request.get_header("Cookie", "")

    def __getitem__(self, name: str) -> str:
        """Return a cookie's value; raises KeyError if it was not given."""
        values = {cookie.name: cookie.value or "" for cookie in self._jar}
        return values[name].strip('"')
