"""Messages of browser components: anybody can send them, so every field is validated."""

import math
from hashlib import sha256
from typing import Any

MOST_LETTERS = 100
LARGEST = 2**53  # JavaScript holds every integer up to here
_HUGE = 1e300


class Message:
    """A message's fields, each clamped to its range; missing or invalid ones get a default."""

    def __init__(self, message: object) -> None:
        self._fields: dict[str, Any] = message if isinstance(message, dict) else {}

    def __contains__(self, name: str) -> bool:
        """Return whether the field was sent."""
        return name in self._fields

    def number(self, name: str, usual: float = math.nan) -> float:
        """Return a finite float."""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return usual
        return float(value) if -_HUGE < value < _HUGE else usual  # NaN is not between them

    def whole(self, name: str, low: int = 0, high: int = LARGEST, usual: int = 0) -> int:
        """Return an int from `low` to `high`."""
        return int(min(max(self.number(name, usual), low), high))

    def text(self, name: str) -> str:
        """Return a short, valid Unicode text, or ""."""
        value = self._fields.get(name)
        if not isinstance(value, str) or len(value) > MOST_LETTERS:
            return ""
        return value.encode(errors="replace").decode()

    def choice(self, name: str, offered: tuple[str, ...]) -> str:
        """Return the field if it is one of the options, else ""."""
        text = self.text(name)
        return text if text in offered else ""

    def flag(self, name: str) -> bool:
        """Return whether the field is true."""
        return self._fields.get(name) is True

    def among(self, name: str, offered: tuple[str, ...]) -> frozenset[str]:
        """Return those of the options that the list names."""
        names = self._fields.get(name)
        return frozenset(one for one in offered if isinstance(names, list) and one in names)


def digest(*parts: object) -> str:
    """Return a text that names the parts' state, short enough for a message to bring it back."""
    return sha256(repr(parts).encode()).hexdigest()[:16]
