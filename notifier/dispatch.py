"""A message to all who are told of it, side by side; what one receiver does not take falls back.

A message that cannot be sent to a receiver goes, raw and with the reason, to the people who have
mail, whoever they are. Where nobody has, the invocation fails: Lambda hands its event on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field, replace
from typing import Any

from notifier.channel_form import BadMessage
from notifier.channels import webhook
from notifier.claims import Begun, Claim, Claims
from notifier.error_words import why
from notifier.explanation import Explanation, RawMessage
from notifier.https_post import NotSent, Unclear
from notifier.incoming import Told
from notifier.sending import FAILURES, ChannelFailed, Letter, Sender, Thread
from notifier.stage_facts import Route

_ATTEMPTS = 3
_LONGEST_WAIT_S = 3.0
_FOR_MAIL_S = 2.0  # what is left to tell people of those who do not answer


class NotDelivered(Exception):
    """Nobody could be told in any way; the message names the reasons."""


@dataclass(frozen=True)
class RouteOutcome:
    """What became of a message for one receiver; ``failed`` says why it is not there."""

    route: Route
    done: str = ""
    failed: str = ""


@dataclass
class _Sending:
    """A message on its way to one receiver: as it is sent next, and how that is called."""

    letter: Letter
    how: str = "sent"


@dataclass
class Dispatch:
    """``left_s`` says how long the function may still take."""

    sender: Sender
    claims: Claims
    left_s: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep
    log: Callable[[dict[str, Any]], None] = field(default=lambda _: None)

    def deliver(
        self, told: Told, said: Explanation | RawMessage, raw: RawMessage, routes: Sequence[Route]
    ) -> list[RouteOutcome]:
        """Send ``said`` to each of ``routes``; ``raw`` where a channel cannot take what is said."""
        if not routes:
            return []
        # Not as a context: leaving one waits for every thread, and one may hang.
        threads = ThreadPoolExecutor(max(1, len(routes)))
        running = [(route, threads.submit(self._one, told, said, raw, route)) for route in routes]
        outcomes = []
        for route, future in running:
            try:
                outcomes.append(future.result(timeout=max(0.0, self.left_s() - _FOR_MAIL_S)))
            except TooLate:
                outcomes.append(RouteOutcome(route, failed="not done in time"))
            except Exception as error:  # whatever it is, the others are told
                outcomes.append(RouteOutcome(route, failed=_reason(error)))
        threads.shutdown(wait=False)
        for outcome in outcomes:
            self.log({"route": outcome.route.id, "done": outcome.done, "failed": outcome.failed})
        return outcomes

    def _one(
        self, told: Told, said: Explanation | RawMessage, raw: RawMessage, route: Route
    ) -> RouteOutcome:
        claim = self._claim(told, route)
        if claim is Claim.DONE:
            return RouteOutcome(route, done="sent before")
        letter = Letter(
            said=said,
            key=webhook.message_id(told.subject_key, told.occasion, route.id),
            repeat=claim is Claim.REPEAT,
            before=self._thread(told, route),
        )
        sending = _Sending(letter)
        try:
            thread = self._attempts(route, sending, raw)
        except Exception as error:
            self._give_back(told, route, maybe_there=sending.letter.repeat)
            return RouteOutcome(route, failed=_reason(error))
        self._keep(told, route, letter.said, thread)
        return RouteOutcome(route, done=sending.how)

    def _attempts(self, route: Route, sending: _Sending, raw: RawMessage) -> Thread:
        """Try until it is there, or it is known that it will not be. Raises the last failure."""
        fresh = False
        for attempt in range(1, _ATTEMPTS + 1):
            letter = sending.letter
            try:
                return self.sender.send(route, letter, fresh=fresh)
            except BadMessage as error:
                if isinstance(letter.said, RawMessage):
                    raise
                sending.how = f"sent raw: {error}"
                sending.letter = replace(letter, said=replace(raw, why=f"too large: {error}"))
            except ChannelFailed as error:
                if attempt == _ATTEMPTS or not (error.again or (error.stale and not fresh)):
                    raise
                fresh = fresh or error.stale
                self._wait(error.after_s or attempt * 0.5 if error.again else 0.0)
            except NotSent:
                if attempt == _ATTEMPTS:
                    raise
                self._wait(attempt * 0.5)
            except Unclear as error:
                # It may be there: the next one says that it may be the second.
                sending.letter = replace(letter, repeat=True)
                sending.how = "sent, perhaps twice"
                if attempt == _ATTEMPTS:
                    raise
                self._wait(error.after_s or attempt * 0.5)
        raise AssertionError("every attempt returns or raises")

    def _wait(self, seconds: float) -> None:
        if seconds > _LONGEST_WAIT_S or seconds > self.left_s() - 10:
            raise ChannelFailed(f"asks to wait {seconds:g} s")
        self.sleep(seconds)

    def _claim(self, told: Told, route: Route) -> Claim:
        try:
            return self.claims.take(told, route)
        except Exception as error:  # without the table nobody knows: a page twice beats none
            self.log({"route": route.id, "claim": why(error)})
            return Claim.SEND

    def _thread(self, told: Told, route: Route) -> Thread | None:
        """What the alarm's own message left behind, for what comes after it."""
        if getattr(told, "state", "") in ("", "ALARM") or route.protocol != "slack":
            return None
        begun = self.begun(told, route)
        return begun.thread if begun else None

    def begun(self, told: Told, route: Route | None = None) -> Begun | None:
        """What is remembered of this alarm's beginning; None also where nobody can look."""
        try:
            return self.claims.begun(told, route)
        except Exception as error:
            self.log({"memory": why(error)})
            return None

    def _keep(
        self, told: Told, route: Route, said: Explanation | RawMessage, thread: Thread
    ) -> None:
        past = said.past if isinstance(said, Explanation) else None
        try:
            self.claims.sent(told, route, past, dict(thread))
        except Exception as error:  # it is out; a redelivery may come twice, and says so
            self.log({"route": route.id, "keep": why(error)})

    def _give_back(self, told: Told, route: Route, *, maybe_there: bool) -> None:
        try:
            self.claims.failed(told, route, maybe_there=maybe_there)
        except Exception as error:
            self.log({"route": route.id, "give back": why(error)})


def _reason(error: BaseException) -> str:
    """In words that hold neither address nor secret."""
    return str(error) if isinstance(error, FAILURES) else why(error)
