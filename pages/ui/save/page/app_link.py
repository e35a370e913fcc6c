"""The link that opens a page's run in an app."""

from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from pages.ui.save.page.content import PageContent
from pages.ui.state.permalink import Permalink

MOST_LETTERS = 300  # of an app’s address
OWN_FILE = (
    "A link cannot hold the rows of your file: on the app’s Save page, “Save the run” writes a "
    "file with which the run goes on in any Chainscope."
)
EDITED_WEIGHTS = (
    "Weights were edited by hand, which a link cannot hold: on the app’s Save page, “Save the run” "
    "writes a file with which the run goes on in any Chainscope."
)
TOO_LONG = (
    "There are too many choices for a link: on the app’s Save page, “Save the run” writes a file "
    "with which the run goes on in any Chainscope."
)


def app_address(text: str) -> str:
    """Return an app’s address as http(s)://host/path; "" if the text is no such address.

    Without what follows the path, and without a user’s name and password.
    """
    if len(text) > MOST_LETTERS:
        return ""
    try:
        parts = urlsplit(text.strip())
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or not _is_plain(host + parts.path):
        return ""
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{port}{parts.path.rstrip('/')}"


def _is_plain(text: str) -> bool:
    """Return whether it has only letters that an address shows as they are."""
    return text.isprintable() and not set(text) & set(" \"'<>\\^`{|}")


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
