"""A store of runs in Redis 6.2 or later, or in Valkey.

    CHAINSCOPE_STORE=redis://:password@host:6379/0     # rediss:// with TLS, unix:// for a socket

    chainscope:ID         a session: its fencing number, its tab and its record
    chainscope:ID:lease   the fencing number that holds it
    chainscope:file:NAME  a file that sessions use

It is for one server: the keys of a session lie in several slots of a cluster, and a replica that
takes the server's place may lack the latest fencing numbers.
Whoever reads the store learns no ticket and no tab, either of which would open a session: ID and
tab are digests. Whatever concerns who owns a session is one script, which the server runs without
another one in between.
The package `redis` is imported only where a store is asked for.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

from core.utils.sentence import excerpt
from pages.ui.state.store.run_store import (
    HOURS,
    LEASE_SECONDS,
    MAX_BYTES,
    VARIABLE,
    Claim,
    RefusalError,
    Renewal,
    StoreError,
)

SCHEMES = ("redis://", "rediss://", "unix://")
OPTIONS = {  # that an address may set after its question mark
    "db", "username", "password", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs",
    "ssl_check_hostname",
}  # fmt: skip
SCHEME_TEXT = (
    f"{VARIABLE} must be empty or memory, or an address that begins with redis://, rediss:// or "
    "unix://."
)
ADDRESS_TEXT = (
    f"{VARIABLE} is no address of a store: expected redis://user:password@host:port/number, rediss "
    "likewise, or unix:///path?db=number, with special characters of the password as %XX."
)
PACKAGE_TEXT = f'{VARIABLE} needs the package redis: pip install "redis>=5,<9"'

CONNECT_SECONDS, ANSWER_SECONDS = 1.0, 2.0
SECONDS = round(3600 * HOURS)  # to live, of all keys but the lease
PIECE_BYTES, PIECE_SECONDS = 1 << 20, 60  # of a file, sent at a time, and to live until it is whole
MOST_LETTERS = 200  # of what a server says
_PROBE = "chainscope:probe"
_RENEWALS: dict[bytes, Renewal] = {
    b"renewed": "renewed",
    b"taken": "taken",
    b"missing": "missing",
}

_FUNCTIONS = f"""
local function number(text)  -- 0 for none
  local value = tonumber(string.match(text or "0", "^%d+$"))
  if not value or value >= 2^53 then error("a fencing number is no number") end
  return value
end

local function digits(value)  -- all of them: Redis itself would round to 14
  return string.format("%.0f", value)
end

local mine, stored = number(ARGV[1]), number(redis.call("HGET", KEYS[1], "fence"))

local function next_number()  -- by a right clock, larger than those before all was lost
  local now = redis.call("TIME")
  return math.max(stored + 1, now[1] * 1000000 + now[2])
end

local function lease(fence)
  redis.call("SET", KEYS[2], digits(fence), "PX", {round(1000 * LEASE_SECONDS)})
  redis.call("EXPIRE", KEYS[1], {SECONDS})
end

local function is_of(tab)
  return tab ~= "" and tab == redis.call("HGET", KEYS[1], "tab")
end
"""

# ARGV: fence, tab, earlier tab. With a larger number than the stored one the claimant took the
# session over before the store lost everything, and then an earlier owner wrote first.
_CLAIM = f"""
local is_held = number(redis.call("GET", KEYS[2])) > 0
if stored == 0 then return false end
if mine >= stored then
  redis.call("HSET", KEYS[1], "fence", digits(mine), "tab", ARGV[2])
  lease(mine)
  return {{digits(mine), false}}
end
if redis.call("HSTRLEN", KEYS[1], "record") > {MAX_BYTES} then error("a record is too large") end
local record = redis.call("HGET", KEYS[1], "record")
if not record then error("a session has no record") end
if is_held and not is_of(ARGV[2]) and not is_of(ARGV[3]) then return {{"0", record}} end
local fence = next_number()
redis.call("HSET", KEYS[1], "fence", digits(fence), "tab", ARGV[2])
lease(fence)
return {{digits(fence), record}}
"""

# ARGV: fence; KEYS from 3 on: files.
_RENEW = f"""
if mine < stored then return "taken" end
if mine > stored or stored == 0 then return "missing" end
lease(mine)
local answer = "renewed"
for i = 3, #KEYS do
  if redis.call("EXPIRE", KEYS[i], {SECONDS}) == 0 then answer = "missing" end
end
return answer
"""

# ARGV: fence, tab, record; KEYS from 3 on: files. The answer is the number, and the files that are
# missing: then nothing is written. A tab that has the session with no number lost the answer.
_WRITE = f"""
if mine < stored and not (mine == 0 and is_of(ARGV[2])) then return {{"0"}} end
local fence = mine
if mine == 0 then fence = next_number() end
local answer = {{digits(fence)}}
for i = 3, #KEYS do
  if redis.call("EXPIRE", KEYS[i], {SECONDS}) == 0 then table.insert(answer, KEYS[i]) end
end
if #answer > 1 then return answer end
redis.call("HSET", KEYS[1], "fence", digits(fence), "tab", ARGV[2], "record", ARGV[3])
lease(fence)
return answer
"""

_RELEASE = """
if number(redis.call("GET", KEYS[2])) == mine then redis.call("DEL", KEYS[2]) end
"""

_FILE = f"""
if redis.call("STRLEN", KEYS[1]) > {MAX_BYTES} then error("a file is too large") end
return redis.call("GET", KEYS[1])
"""


class RedisStore:
    """Records of sessions in Redis. Thread-safe."""

    def __init__(self, address: str) -> None:
        """Prepare to connect; raise StoreError for an invalid address, or without the package."""
        if not address.startswith(SCHEMES):
            raise StoreError(SCHEME_TEXT)
        if not _is_address(address):
            raise StoreError(ADDRESS_TEXT)
        try:
            import redis  # noqa: PLC0415 - optional
        except ImportError:
            raise StoreError(PACKAGE_TEXT) from None
        self._no_room = redis.exceptions.OutOfMemoryError
        # ValueError: a host's name that is none, a reply of something else than Redis.
        self._failures = (
            *(redis.ConnectionError, redis.TimeoutError, OSError, ValueError),
            *(self._no_room, redis.ReadOnlyError),  # whatever the session
        )
        self._refusals = (redis.RedisError,)
        try:
            self._client = redis.Redis.from_url(
                address,
                socket_connect_timeout=CONNECT_SECONDS,
                socket_timeout=ANSWER_SECONDS,
                retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),  # none: a page may wait
                protocol=2,  # with each version of the client; from 8 on it would be 3
            )
            pool = self._client.connection_pool
            pool.connection_class(**pool.connection_kwargs)  # else invalid options show up later
        except (*self._failures, *self._refusals, TypeError):
            raise StoreError(ADDRESS_TEXT) from None  # the error itself may say the password
        register = self._client.register_script
        self._claim = register(_FUNCTIONS + _CLAIM)
        self._renew = register(_FUNCTIONS + _RENEW)
        self._write = register(_FUNCTIONS + _WRITE)
        self._release = register(_FUNCTIONS + _RELEASE)
        self._file = register(_FILE)

    def check(self) -> None:
        """Write into the store; raise StoreError if that fails, as when it is full."""
        try:
            with self._errors():
                self._client.set(_PROBE, b"", ex=SECONDS)
        except RefusalError as error:
            raise StoreError(str(error)) from error

    def claim(self, ticket: str, fence: int, tab: str, earlier_tab: str) -> Claim | None:
        """Take over a ticket's session if nobody holds its lease; None if there is none.

        The tab that holds it, or held it under its earlier name, takes it over at once.
        """
        arguments: list[int | str] = [fence, _digest(tab), _digest(earlier_tab)]
        with self._errors():
            answer: tuple[bytes, bytes | None] | None = self._claim(_keys(ticket), arguments)
            return Claim(int(answer[0]), answer[1]) if answer else None

    def renew(self, ticket: str, fence: int, files: Collection[str]) -> Renewal:
        """Renew the lease, and the time to live of the session and of the files that it uses."""
        with self._errors():
            answer: bytes = self._renew(_keys(ticket, files), [fence])
        return _RENEWALS[answer]

    def write(
        self, ticket: str, fence: int, tab: str, record: bytes, files: Mapping[str, bytes]
    ) -> int:
        """Write a session and those of its files that are not there; return its fencing number.

        The answer is 0 if another process has taken the session over.
        """
        if max(map(len, (record, *files.values()))) > MAX_BYTES:
            raise RefusalError("A session is too large for the store of runs.")
        arguments: list[int | str | bytes] = [fence, _digest(tab), record]
        with self._errors():
            contents = {_file_key(name).encode(): file for name, file in files.items()}
            for _ in range(2):
                answer: list[bytes] = self._write(_keys(ticket, files), arguments)
                number, *missing = answer
                if not missing:
                    return int(number)
                for key in missing:
                    self._send(key, contents[key])
        raise RefusalError("A file is lost at once: the store has no room for it.")

    def _send(self, key: bytes, content: bytes) -> None:
        """Store a file in pieces: each has ANSWER_SECONDS, however large the file is.

        Raise RefusalError if there is no room for it.
        """
        part = key + b":" + token_hex(6).encode()
        try:
            for start in range(0, len(content), PIECE_BYTES):
                self._client.append(part, content[start : start + PIECE_BYTES])
                self._client.expire(part, PIECE_SECONDS)
            self._client.rename(part, key)
            self._client.expire(key, SECONDS)
        except self._no_room as error:
            self._client.delete(part)
            raise RefusalError("There is no room for a file.") from error

    def release(self, ticket: str, fence: int) -> None:
        """Give the lease up, so that others may take the session over at once."""
        with self._errors():
            self._release(_keys(ticket), [fence])

    def file(self, name: str) -> bytes | None:
        """Return a file by the name of its contents; None if it is not there (any more)."""
        with self._errors():
            contents: bytes | None = self._file([_file_key(name)])
            return contents

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise the client's errors as StoreError; none of them says the password."""
        try:
            yield
        except self._failures as error:
            raise StoreError(_reason(error)) from error
        except self._refusals as error:
            raise RefusalError(_reason(error)) from error


def _reason(error: Exception) -> str:
    return excerpt(f"{type(error).__name__}: {error}", MOST_LETTERS)


def _is_address(address: str) -> bool:
    """Return whether Redis's client reads that address as it is meant, password and all."""
    try:
        parts = urlsplit(address)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if parts.scheme == "unix":
        is_place = bool(parts.path)
    else:
        is_place = bool(parts.hostname and re.fullmatch("(/[0-9]{0,5})?", parts.path))
    return is_place and is_port and not parts.fragment and options.keys() <= OPTIONS


def _keys(ticket: str, files: Collection[str] = ()) -> list[str]:
    session = f"chainscope:{_digest(ticket)}"
    return [session, f"{session}:lease", *map(_file_key, files)]


def _file_key(name: str) -> str:
    return f"chainscope:file:{name}"


def _digest(text: str) -> str:
    """Return a name from which the text cannot be found; "" for ""."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest() if text else ""
