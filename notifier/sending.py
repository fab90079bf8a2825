"""One message to one receiver, once: the channel's form, its address, and how it answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.channel_form import BadMessage, ChannelForm
from notifier.channel_secrets import BadSecret, ChannelSecrets, SecretText
from notifier.channels import mail, slack, teams, webhook
from notifier.explanation import Explanation, RawMessage
from notifier.https_post import HttpAnswer, NotSent, RefusedAddress, Unclear
from notifier.stage_facts import Route

ATTEMPT_S = 5.0

Thread = Mapping[str, Any]
"""What a later message needs to change or answer this one; empty where the channel cannot."""

_SLACK_API = "https://slack.com/api"
# The only others: https://docs.slack.dev/enterprise/slack-for-government
_SLACK_HOSTS = frozenset({"slack.com", "slack-gov.com"})
_WEBHOOK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_ACCEPTED = range(200, 300)
_ELSEWHERE = range(300, 400)
_BUSY_STATUS = (408, 425, 429)
_MAIL = ChannelForm(mail.mail, mail.raw, mail.problems)
_SLACK = ChannelForm(slack.message, slack.raw, slack.problems)
_TEAMS = ChannelForm(teams.message, teams.raw, teams.problems)
_WEBHOOK = ChannelForm(webhook.body, webhook.raw, webhook.problems)
_STALE_STATUS = (401, 403, 404, 410)
_STALE_SLACK = ("invalid_auth", "token_revoked", "token_expired", "not_authed", "account_inactive")
_BUSY_SLACK = ("ratelimited", "rate_limited", "service_unavailable", "internal_error")


class ChannelFailed(Exception):
    """The receiver does not take the message; in words that hold neither address nor token.

    ``stale``: what was refused may be an old secret. ``again``: it may take it in a moment.
    """

    def __init__(
        self, why: str, *, stale: bool = False, again: bool = False, after_s: float = 0.0
    ) -> None:
        super().__init__(why)
        self.stale = stale
        self.again = again
        self.after_s = after_s


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message and all that sending it takes. ``before`` is the thread of its alarm's message."""

    said: Explanation | RawMessage
    key: str
    repeat: bool = False
    before: Thread | None = None


@dataclass(frozen=True)
class Sender:
    """Sends to every kind of route. ``publish`` is SNS's; ``topic_arn`` makes a name an ARN;
    ``request`` is https_post's."""

    secrets: ChannelSecrets
    publish: Callable[..., Any]
    topic_arn: Callable[[str], str]
    request: Callable[..., HttpAnswer]
    now: Callable[[], float] = time.time

    def send(self, route: Route, letter: Letter, *, fresh: bool = False) -> Thread:
        """Send ``letter``; ``fresh``: read the secret anew.

        Raises:
            BadMessage: it is larger than the channel takes, or of another form.
            ChannelFailed, NotSent: it is not there.
            Unclear: it may be there.
        """
        if route.protocol in _BY_MAIL:
            return self._mail(route, letter)
        secret = self.secrets.get(route.secret, fresh=fresh)
        return _BY_REQUEST[route.protocol](self, route, letter, secret)

    def ready(self, route: Route) -> None:
        """Whether the route could be used, without telling anybody.

        Raises as ``send`` does.
        """
        if route.protocol in _BY_MAIL:
            return
        secret = self.secrets.get(route.secret, fresh=True)
        if route.protocol == "slack":
            token, api = _bot(secret)
            if token:
                self._slack_call(api, token, "auth.test", {})
            elif not _url(secret).startswith(("https://", "http://")):
                raise BadSecret("neither a webhook's URL nor a bot's token (xoxb-...)")
        elif route.protocol == "webhook":
            _keys(secret)
            _endpoint(route, secret)
        else:
            _url(secret)

    def _mail(self, route: Route, letter: Letter) -> Thread:
        made = _MAIL.made(letter.said, repeat=letter.repeat)
        self.publish(**mail.publication(made, self.topic_arn(route.topic)))
        return {}

    def _slack(self, route: Route, letter: Letter, secret: SecretText) -> Thread:
        said = letter.said
        made = _SLACK.made(letter.said, repeat=letter.repeat)
        token, api = _bot(secret)
        if not token:
            answer = self._post(_url(secret), made, _WEBHOOK_HOSTS)
            _accepted(answer)
            if answer.body.strip() != b"ok" and not _said_by_slack(answer).get("ok"):
                raise Unclear("answered something that is not Slack's")
            return {}
        if not route.channel:
            raise BadSecret("a bot's token, and no channel beside it in monitoring.yml")
        place = {"channel": route.channel}
        before = letter.before or {}
        if isinstance(said, Explanation) and said.event != "alarm" and before.get("ts"):
            made = slack.answer(said, letter.repeat)
            place["thread_ts"] = str(before["ts"])
            self._put_over(api, token, before, said)
        posted = self._slack_call(api, token, "chat.postMessage", {**made, **place})
        return {
            "ts": str(posted.get("ts", "")),
            "channel": str(posted.get("channel", route.channel)),
            "message": {"blocks": made["blocks"], "text": made["text"]},
        }

    def _put_over(self, api: str, token: str, before: Thread, said: Explanation) -> None:
        """Say in the alarm's own message that it is over; the answer below it says so anyway."""
        changed = slack.over(before.get("message", {}), said)
        if slack.problems(changed):
            return
        target = {"channel": before.get("channel"), "ts": before["ts"]}
        try:
            self._slack_call(api, token, "chat.update", {**changed, **target})
        except (ChannelFailed, NotSent, Unclear):
            return

    def _slack_call(self, api: str, token: str, method: str, body: Any) -> dict[str, Any]:
        answer = self._post(
            f"{api}/{method}", body, _SLACK_HOSTS, {"authorization": f"Bearer {token}"}
        )
        _accepted(answer)
        said = _said_by_slack(answer)
        if not said:
            raise Unclear("answered something that is not Slack's")
        if said.get("ok") is not True:
            error = str(said.get("error", ""))[:60]
            word = error if error.replace("_", "").isalnum() else "no reason"
            raise ChannelFailed(
                f"Slack answers {word}", stale=word in _STALE_SLACK, again=word in _BUSY_SLACK,
                after_s=answer.retry_after or 0.0,
            )  # fmt: skip
        return said

    def _teams(self, _: Route, letter: Letter, secret: SecretText) -> Thread:
        made = _TEAMS.made(letter.said, repeat=letter.repeat)
        _accepted(self._post(_url(secret), made))
        return {}

    def _webhook(self, route: Route, letter: Letter, secret: SecretText) -> Thread:
        made = _WEBHOOK.made(letter.said, repeat=letter.repeat)
        body = webhook.encoded(made)
        headers = webhook.headers(body, letter.key, round(self.now()), _keys(secret))
        _accepted(self.request(_endpoint(route, secret), body, headers, ATTEMPT_S))
        return {}

    def _post(
        self,
        url: str,
        made: Any,
        hosts: frozenset[str] = frozenset(),
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        # Not of ASCII alone: Teams counts bytes.
        body = json.dumps(made, ensure_ascii=False).encode("utf-8", "replace")
        sent = {"content-type": "application/json; charset=utf-8", **(headers or {})}
        return self.request(url, body, sent, ATTEMPT_S, hosts=hosts)


_BY_MAIL = frozenset({"email", "sms"})
_BY_REQUEST: dict[str, Callable[[Sender, Route, Letter, SecretText], Thread]] = {
    "slack": Sender._slack,
    "teams": Sender._teams,
    "webhook": Sender._webhook,
}
PROTOCOLS = _BY_MAIL | _BY_REQUEST.keys()
"""What a route may be sent by."""


def _accepted(answer: HttpAnswer) -> None:
    if answer.status in _ACCEPTED:
        return
    after_s = answer.retry_after or 0.0
    if answer.status >= 500:
        raise Unclear(f"answered {answer.status}", after_s)
    led = ", a redirect, which is not followed" if answer.status in _ELSEWHERE else ""
    raise ChannelFailed(
        f"answered {answer.status}{led}",
        stale=answer.status in _STALE_STATUS,
        again=answer.status in _BUSY_STATUS,
        after_s=after_s,
    )


def _said_by_slack(answer: HttpAnswer) -> dict[str, Any]:
    """Its answer in JSON; nothing where that is something else, as a page of somebody between."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _bot(secret: SecretText) -> tuple[str, str]:
    """(token, address of the API) of a bot; empty where the secret is a webhook's URL."""
    fields = secret.fields()
    token = str(fields.get("token", "")) if fields else secret.reveal()
    if not token.startswith("xoxb-"):
        return "", ""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadSecret("a token with characters that one has not")
    return token, str(fields.get("api", _SLACK_API)).rstrip("/")


def _url(secret: SecretText) -> str:
    fields = secret.fields()
    found = str(fields.get("url", "")) if fields else secret.reveal()
    if not found.startswith(("https://", "http://")):
        raise BadSecret("no URL in the secret")
    return found


def _endpoint(route: Route, secret: SecretText) -> str:
    return route.endpoint or _url(secret)


def _keys(secret: SecretText) -> list[bytes]:
    """The keys that sign: one, or several while they are changed, the newest first."""
    fields = secret.fields()
    given = fields.get("keys", []) if fields else secret.reveal().split()
    texts = [str(key) for key in given] if isinstance(given, list) else [str(given)]
    if not 0 < len(texts) <= 4:
        raise BadSecret(f"{len(texts)} signing keys; accepted: one to four, whsec_...")
    try:
        return [webhook.key(text) for text in texts]
    except webhook.BadKey as error:
        raise BadSecret(str(error)) from None


FAILURES = (ChannelFailed, BadSecret, BadMessage, RefusedAddress, NotSent, Unclear)
"""What a channel may end in; their texts hold neither addresses nor secrets."""
