"""Simulated browsers: they send the messages of a recorded real one over Streamlit's WebSocket.

A real Chromium is recorded once for each user action; an imitation sends the same messages, with
its own address, stage requests and cached messages. It plays as the stage does: 60 epochs per
second from a buffer that it refills when it runs low.
"""

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.cookies import Cookies
from benchmarks.recording import (
    CHAIN_RULE,
    EVENTS,
    OPEN,
    PLAY,
    RATE,
    RESET,
    STEP,
    TRAIN,
    Act,
    Recording,
    kind,
)
from tests.pages.unpacking import decode

PLAYER = (Path(__file__).parents[1] / "pages/ui/live/player/player.js").read_text(encoding="utf-8")
((_ahead, _chunk),) = re.findall(r"const AHEAD = (\d+);.*\nconst CHUNK = (\d+);", PLAYER)
AHEAD, CHUNK = int(_ahead), int(_chunk)
EPOCHS_A_SECOND = 60
NEWS, PATIENCE = 0.1, 2.0  # s, as in player.js and exchange.js
TIMEOUT = 60  # s to wait for an answer
TICK = 0.05  # s between two checks of the buffer
COOKIE = "_streamlit_xsrf"
RATE_FIELD = "learning_rate"  # part of that field's widget id


@dataclass
class Measurements:
    """Response times of one browser in seconds, and seconds of play without a new frame."""

    opened: float = 0.0
    pulls: list[float] = field(default_factory=list)
    controls: list[float] = field(default_factory=list)
    played: float = 0.0
    starved: float = 0.0
    received: int = 0  # bytes
    late: list[float] = field(default_factory=list)  # s that it woke too late to draw
    errors: list[str] = field(default_factory=list)


class Imitation:
    """A browser on the Train page."""

    def __init__(self, address: str, recording: Recording, seed: int) -> None:
        self.measured = Measurements()
        self._address, self._recording = address, recording
        self._chance = random.Random(seed)
        self._socket: ClientConnection
        self._cached: dict[str, bytes] = {}  # cached messages by hash
        self._query = ""
        self._header: dict[str, Any] = {}  # of the latest answer of this run
        self._token, self._lineage = "", ""  # of the run, and of the run that it continues
        self._shown, self._last = 0, 0  # the epoch on display, and the last in the buffer
        self._sequence, self._asked_at = 0, 0.0
        self._asked: int | None = None
        self._playing, self._resets = False, False
        self._away = False  # on another page, where the stage sends no requests
        self._below: dict[str, Any] = {}  # epoch and run of the part below the stage
        self._rests = False  # waits for that part, not for the whole page
        self._began = False  # the awaited page has started
        self._finished = asyncio.Event()
        self._states: dict[str, WidgetState] = {}  # of fields changed here
        self._sent: Counter[str] = Counter()  # messages by kind

    async def visit(self, seconds: float) -> None:
        """Open the page, then play and click for `seconds`."""
        try:
            await self._open()
            reading = asyncio.create_task(self._read())
            reading.add_done_callback(self._note)
            try:
                await self._control(self._recording.opening)
                self.measured.opened = self.measured.controls.pop()
                await self._live(time.monotonic() + seconds)
            finally:
                reading.cancel()
                await self._socket.close()
        except (OSError, TimeoutError, ValueError, KeyError, WebSocketException) as error:
            self.measured.errors.append(repr(error))

    def _note(self, reading: asyncio.Task[None]) -> None:
        """Record an error of the reading task."""
        if not reading.cancelled() and (error := reading.exception()):
            self.measured.errors.append(repr(error))

    async def _open(self) -> None:
        cookies = Cookies(self._address)
        await asyncio.to_thread(cookies.visit, "/_stcore/health")
        self._socket = await connect(
            f"{self._address.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=["streamlit", cookies[COOKIE]],  # type: ignore[list-item]
            additional_headers={"Cookie": cookies.header},
            origin=self._address,  # type: ignore[arg-type]
            max_size=None,
        )

    async def replay(self) -> dict[str, Act]:
        """Repeat the recorded actions; return the messages sent and bytes received for each."""
        recording, acts = self._recording, {}
        await self._open()
        reading = asyncio.create_task(self._read())

        async def act(name: str, doing: Awaitable[None]) -> None:
            self._sent, received = Counter(), self.measured.received
            await doing
            await asyncio.sleep(1)  # something may follow
            acts[name] = Act(self._sent, self.measured.received - received)

        await act(OPEN, self._control(recording.opening))
        await act(PLAY, self._play_to(100))
        await act(STEP, self._step())
        for rate, message in recording.rates.items():
            await act(f"{RATE} {rate:g}", self._choose(message))
        await act(CHAIN_RULE, self._control(recording.chain_rule))
        await act(TRAIN, self._control(recording.train))
        await act(RESET, self._reset())
        reading.cancel()
        await self._socket.close()
        return acts

    async def _play_to(self, epoch: int) -> None:
        await self._play()
        while self._shown < epoch:
            await self._watch(time.monotonic() + TICK)
        self._playing = False
        await self._rest()

    async def _step(self) -> None:
        self._shown += 1
        await self._rest()

    # User actions

    async def _live(self, until: float) -> None:
        """Play, with another action every few seconds."""
        acts: list[Callable[[], Awaitable[None]]] = [
            self._pause, self._other_rate, self._scrub, self._chain_rule,
        ]  # fmt: skip
        await self._play()
        while True:
            acting = time.monotonic() + self._chance.uniform(4, 12)
            await self._watch(min(until, acting))
            if acting >= until:  # else all would act at the very end, at once
                return
            await self._chance.choice(acts)()
            if self._shown >= self._header.get("length", 0):
                await self._reset()
            await self._play()

    async def _play(self) -> None:
        self._playing = True
        self._fill()

    async def _watch(self, until: float) -> None:
        """Show epochs at 60 per second while the buffer lasts."""
        before = time.monotonic()
        while before < until:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            self.measured.late.append(now - before - TICK)
            self._draw(now - before)
            before = now

    def _draw(self, passed: float) -> None:
        wanted = round(passed * EPOCHS_A_SECOND)
        there = self._last - self._shown
        ended = self._header.get("ended") and self._last >= self._header["trained"]
        self.measured.played += passed
        if there < wanted and not ended:
            self.measured.starved += (wanted - there) / EPOCHS_A_SECOND
        self._shown += min(wanted, there)
        self._fill()

    def _fill(self) -> None:
        """Request frames if few are left in the buffer."""
        there = self._last - self._shown
        ended = self._header.get("ended") and self._last >= self._header["trained"]
        if there < AHEAD and not ended and self._asked is None:
            self._ask(after=self._last, frames=CHUNK - there)

    async def _pause(self) -> None:
        self._playing = False
        await self._rest()
        await asyncio.sleep(self._chance.uniform(0.5, 2))

    async def _scrub(self) -> None:
        self._playing = False
        self._shown = self._chance.randrange(max(1, self._last))
        await self._rest()

    async def _rest(self) -> None:
        await self._control(lambda: self._ask(seek=self._shown, rest=True), rests=True)

    async def _reset(self) -> None:
        self._playing, self._resets = False, True
        await self._control(lambda: self._ask(action="reset", rest=True))
        self._resets = False

    async def _other_rate(self) -> None:
        rate = self._chance.choice(list(self._recording.rates))
        await self._choose(self._recording.rates[rate])

    async def _choose(self, rate: BackMsg) -> None:
        for state in rate.rerun_script.widget_states.widgets:
            if RATE_FIELD in state.id:
                self._states[state.id] = state  # every later message contains it
        await self._control(rate)

    async def _chain_rule(self) -> None:
        self._playing, self._away = False, True
        await self._control(self._recording.chain_rule)
        await asyncio.sleep(self._chance.uniform(1, 2))
        await self._control(self._recording.train)
        self._away = False

    # Messages sent

    async def _control(self, act: BackMsg | Callable[[], None], *, rests: bool = False) -> None:
        """Act, wait for the page (or the part below the stage), and record the time."""
        self._finished.clear()
        self._rests, self._began = rests, False
        began = time.monotonic()
        if isinstance(act, BackMsg):
            self._send(act)
        else:
            act()
        try:
            await asyncio.wait_for(self._finished.wait(), TIMEOUT)
        except TimeoutError:
            raise TimeoutError(self._state(act)) from None
        self.measured.controls.append(time.monotonic() - began)

    def _state(self, act: BackMsg | Callable[[], None]) -> str:
        """Return what was awaited and this browser's state, for an error message."""
        what = (
            kind(act)
            if isinstance(act, BackMsg)
            else "part below the stage"
            if self._rests
            else "page"
        )
        return (
            f"no {what} in {TIMEOUT} s; shown {self._shown} of {self._last}, asked {self._asked}, "
            f"below {self._below}, token {self._token}, connection {self._socket.state.name}"
        )

    def _ask(self, **wanted: object) -> None:
        """Send a request as the stage does."""
        self._sequence += 1
        self._asked, self._asked_at = self._sequence, time.monotonic()
        question = {
            **self._recording.question, "sequence": self._sequence, "token": self._token,
            "epoch": self._shown, "playing": self._playing, "rest": False, "action": "",
            "holding": bool(self._header.get("pending")),
            "known_losses": self._header.get("trained", 0) + 1, **wanted,
        }  # fmt: skip
        self._trigger(self._recording.pull, "pull", question)
        asyncio.get_running_loop().call_later(PATIENCE, self._ask_again, self._sequence, wanted)

    def _ask_again(self, sequence: int, wanted: dict[str, object]) -> None:
        """Repeat a request that a newer trigger may have replaced."""
        if self._asked == sequence and not self._away:
            self._ask(**wanted)

    def _follow(self) -> None:
        """Request a redraw below the stage, as the stage does when the film pauses."""
        if self._away:
            return
        to = {"token": self._token, **({} if self._playing else {"epoch": self._shown})}
        if {**self._below, **to} != self._below:
            self._trigger(self._recording.follow, "to", to)
            asyncio.get_running_loop().call_later(PATIENCE, self._follow_again)
        elif self._rests:
            self._finished.set()

    def _follow_again(self) -> None:
        if self._rests and not self._finished.is_set():
            self._follow()

    def _trigger(self, recorded: BackMsg, event: str, value: dict[str, Any]) -> None:
        message = BackMsg()
        message.CopyFrom(recorded)
        for state in message.rerun_script.widget_states.widgets:
            if state.id.endswith(EVENTS) and state.json_trigger_value:
                state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        self._send(message)

    def _send(self, recorded: BackMsg) -> None:
        self._sent[kind(recorded)] += 1
        message = BackMsg()
        message.CopyFrom(recorded)
        client = message.rerun_script
        client.query_string = self._query
        for state in client.widget_states.widgets:
            if state.id in self._states:
                state.CopyFrom(self._states[state.id])
        del client.cached_message_hashes[:]
        client.cached_message_hashes.extend(self._cached)
        task = asyncio.ensure_future(self._socket.send(message.SerializeToString()))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    # Messages received

    async def _read(self) -> None:
        async for data in self._socket:
            assert isinstance(data, bytes)
            self.measured.received += len(data)
            message = ForwardMsg.FromString(data)
            if message.ref_hash:
                if message.ref_hash not in self._cached:
                    self.measured.errors.append("a message that is not in the cache")
                    continue
                message = ForwardMsg.FromString(self._cached[message.ref_hash])
            elif message.metadata.cacheable:
                self._cached[message.hash] = data
            self._handle(message)

    def _handle(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._began = self._began or not message.metadata.run.fragment_ids
        elif kind == "script_finished":
            # Streamlit may lose the end of a page's run that a part's follows at once.
            ended = (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            )
            if message.script_finished in ended and self._began and not self._rests:
                self._finished.set()
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception":
                self.measured.errors.append(element.exception.message)
            elif element.WhichOneof("type") == "bidi_component":
                component = element.bidi_component
                if component.component_name == "chainscope_stage":
                    self._receive(component.bytes)
                elif component.component_name == "chainscope_follow":
                    self._below = json.loads(component.json)
                    if self._rests and self._below["epoch"] == self._shown:
                        self._finished.set()
                elif component.component_name == "chainscope_link":
                    self._query = urlencode(json.loads(component.json)["params"])

    def _receive(self, answer: bytes) -> None:
        """Process an answer of the stage (see pages/ui/train/stage.py)."""
        header, arrays = decode(answer)
        if header["token"] != self._token:
            if "scene" not in header:
                return
            self._token, self._shown = header["token"], header["epoch"]
            self._last = self._shown
            again = self._resets and self._asked is not None and header["lineage"] == self._lineage
            self._lineage, self._asked = header["lineage"], None
            if again:  # the request was for the run before
                self._ask(action="reset", rest=True)
            asyncio.get_running_loop().call_later(NEWS, self._follow)
        self._header = header
        if self._asked is not None and header["sequence"] >= self._asked:
            self.measured.pulls.append(time.monotonic() - self._asked_at)
            self._asked = None
            if self._rests and not self._finished.is_set():
                self._follow()
        if "film/epochs" in arrays:
            self._last = max(self._last, int(arrays["film/epochs"][-1, 0]))
        if header["pending"] and self._asked is None:
            self._ask()
