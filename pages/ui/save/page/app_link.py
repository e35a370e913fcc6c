"""The link that opens a page's run in an app."""

from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from pages.ui.save.page.content import PageContent
from pages.ui.state.permalink import Permalink

MOST_LETTERS = 300  # of an app’s address
NOT_PLAIN = set(" \"'<>\\^`{|}")  # printable, but an address shows them otherwise
NO_ADDRESS = (
    "This is no address of an app, which begins with https:// or http:// and has no user’s name: "
    "there is no link."
)
LOCAL = "Only this computer reaches that address: for other readers the link leads nowhere."
FILE = "Whoever made this page can send the run as a file, which any Chainscope opens."
OWN_FILE = f"No link opens this run: it cannot hold the rows of its maker’s own file. {FILE}"
EDITED_WEIGHTS = f"No link opens this run: it cannot hold weights that were edited by hand. {FILE}"
TOO_LONG = f"No link opens this run: it cannot hold so many choices. {FILE}"


def app_address(text: str) -> str:
    """Return an app’s address as http(s)://host/path; "" if the text is no such address.

    Without what follows the path. A user’s name is refused: it would be in the page.
    """
    text = text.strip()
    if len(text) > MOST_LETTERS or not text.isprintable() or set(text) & NOT_PLAIN:
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or port == 0:
        return ""
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def is_local(address: str) -> bool:
    """Return whether an address leads to one's own computer only."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def run_link(of: PageContent) -> str:
    """Return the address at which the run opens in the app; "" if there is none."""
    if not of.app or no_link_sentence(of):
        return ""
    parameters = {name: value for name, value in _permalink(of).address.items() if value}
    return f"{of.app}/?{urlencode(parameters)}"


def no_link_sentence(of: PageContent) -> str:
    """Return why no link can describe the run; "" if one can."""
    link = _permalink(of)
    if link.needs_file:
        return OWN_FILE
    if link.edited_epochs:
        return EDITED_WEIGHTS
    return "" if link.address["setup"] else TOO_LONG


def _permalink(of: PageContent) -> Permalink:
    shown = of.shown
    return Permalink.at(shown.experiment, shown.focus, shown.conventions, of.views, of.plane)
