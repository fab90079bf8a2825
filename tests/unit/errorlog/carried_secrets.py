"""Secrets of an event where only something else tells them: label -> :class:`Carried`.

The event's key gives the secret away; the message has it in the form of its carrier. What must not
be left of it in the record is ``traces``. All are made up.
"""

import base64
import html
import json
from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

import pydantic

from tests.unit.errorlog.planted_secrets import JWT, PEM, PEM_BODY, PLAIN, WORD

SYMBOLS = "p&ss/w+rd" + '="é%<7>'
PHRASE = "purple monkey" + " dishwasher"
NUMBER = "90817264"


class Carried(NamedTuple):
    event: Any
    message: str
    traces: tuple[str, ...]


def _of(event: Any, message: str, *traces: str) -> Carried:
    return Carried(event, message, traces)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Login:
    user: str
    password: str


@dataclass
class Quiet:
    """Its text does not name what it holds."""

    secret: str

    def __repr__(self) -> str:
        return f"<Quiet {self.secret}>"


class Account(pydantic.BaseModel):
    user: str
    api_key: str


class Guarded(pydantic.BaseModel):
    password: pydantic.SecretStr


class Order(pydantic.BaseModel):
    id: int
    password: str


Pair = namedtuple("Pair", "user password")


class Opaque:
    def __init__(self, token: str) -> None:
        self.token = token

    def __str__(self) -> str:
        return f"opaque({self.token})"


def _pydantic_error(data: dict[str, Any]) -> str:
    try:
        Order(**data)
    except pydantic.ValidationError as error:
        return str(error)
    raise AssertionError("accepted")


def _pydantic_json_error(body: str) -> str:
    try:
        Order.model_validate_json(body)
    except pydantic.ValidationError as error:
        return str(error)
    raise AssertionError("accepted")


LOGIN = {"password": WORD}
_LONG = "Tk9uZ" + "5x2" * 20 + "Qz81"


def _deep(levels: int, value: Any) -> Any:
    for _ in range(levels):
        value = {"a": [value]}
    return value


CARRIED: dict[str, Carried] = {
    # the same words
    "as it is": _of(LOGIN, f"login with {WORD} failed", WORD),
    "twice": _of(LOGIN, f"{WORD} is not {WORD}", WORD),
    "a phrase": _of({"passphrase": PHRASE}, f"no key for {PHRASE}", PHRASE),
    "a number": _of({"pin": int(NUMBER)}, f"wrong: {NUMBER}", NUMBER),
    "a number elsewhere": _of({"otp": NUMBER, "n": [int(NUMBER)]}, "x", NUMBER),
    "a short one": _of({"pin": "4711"}, "wrong: 4711", "4711"),
    "inside another word": _of(LOGIN, f"key-{WORD}-x", WORD),
    "in another value": _of({"password": WORD, "note": f"mine is {WORD}"}, "x", WORD),
    "in an earlier value": _of({"note": f"mine is {WORD}", "password": WORD}, "x", WORD),
    "in a key": _of({"seen": {WORD: 1}, "password": WORD}, "x", WORD),
    "a part of a header": _of(
        {"headers": {"authorization": f"Bearer {PLAIN}"}}, f"{PLAIN} expired", PLAIN),
    "a part of a cookie": _of({"cookie": f"theme=dark; sid={PLAIN}"}, f"no {PLAIN}", PLAIN),
    "a line of a key": _of({"file": PEM}, f"bad base64: {PEM_BODY}", PEM_BODY),
    # where in the event
    "the 500th value": _of(
        {"items": [{"token": f"tok{n}-{PLAIN}{n}"} for n in range(600)]},
        f"failed for tok499-{PLAIN}499", f"{PLAIN}499"),
    "beyond what a record keeps": _of(
        {"filler": ["some words of no use " * 200] * 60, "password": WORD}, f"no {WORD}", WORD),
    "the last item of a large batch": _of(
        {"Records": [*({"body": json.dumps({"n": n, "text": "x" * 900})} for n in range(260)),
                     {"body": json.dumps(LOGIN)}]},
        f"cannot book {WORD}", WORD),
    "30 levels deep": _of(_deep(15, LOGIN), f"no {WORD}", WORD),
    "900 levels deep": _of(_deep(450, LOGIN), f"no {WORD}", WORD),
    "json in json in json": _of(
        {"body": json.dumps({"Message": json.dumps({"body": json.dumps(LOGIN)})})},
        f"no {WORD}", WORD),
    "at the end of a long body": _of(
        {"body": json.dumps({"filler": ["words " * 1_000] * 20, **LOGIN})}, f"no {WORD}", WORD),
    "at the end of a long form": _of(
        {"body": "a=" + "words+" * 8_000 + f"&password={PLAIN}"}, f"no {PLAIN}", PLAIN),
    "base64 of a long body": _of(
        {"body": _b64(json.dumps({"filler": "words " * 8_000, **LOGIN}))}, f"no {WORD}", WORD),
    "a name and a value": _of(
        {"fields": [{"name": "password", "value": WORD}]}, f"no {WORD}", WORD),
    "a stream's image": _of({"NewImage": {"password": {"S": WORD}}}, f"no {WORD}", WORD),
    # in which form
    "url-escaped": _of({"password": SYMBOLS}, f"GET /?p={quote(SYMBOLS, safe='')}",
                       quote(SYMBOLS, safe="")),
    "url-escaped as a path": _of({"password": SYMBOLS}, f"GET /{quote(SYMBOLS)}", quote(SYMBOLS)),
    "url-escaped as a form": _of({"password": SYMBOLS + " x"},
                                 f"sent v={quote_plus(SYMBOLS + ' x')}", quote_plus(SYMBOLS)),
    "url-escaped twice": _of({"password": SYMBOLS}, f"to {quote(quote(SYMBOLS, safe=''), safe='')}",
                             quote(quote(SYMBOLS, safe=""), safe="")),
    "json-escaped": _of({"password": SYMBOLS}, f"sent {json.dumps({'v': SYMBOLS})}",
                        json.dumps(SYMBOLS)[1:-1]),
    "json-escaped in utf-8": _of({"password": SYMBOLS},
                                 f"sent {json.dumps({'v': SYMBOLS}, ensure_ascii=False)}",
                                 json.dumps(SYMBOLS, ensure_ascii=False)[1:-1]),
    "json-escaped twice": _of({"password": SYMBOLS}, f"sent {json.dumps(json.dumps([SYMBOLS]))}",
                              json.dumps(json.dumps(SYMBOLS))[3:-3]),
    "xml-escaped": _of({"password": SYMBOLS}, f"<a>{html.escape(SYMBOLS)}</a>",
                       html.escape(SYMBOLS)),
    "python's repr": _of({"password": SYMBOLS + "'\n"}, f"sent {[SYMBOLS]!r}", SYMBOLS),
    "bytes": _of({"password": SYMBOLS}, f"sent {SYMBOLS.encode()!r}",
                 repr(SYMBOLS.encode())[2:-1]),
    "base64": _of(LOGIN, f"sent {_b64(WORD)}", _b64(WORD)),
    "base64 of more": _of(LOGIN, f"Basic {_b64('ann:' + WORD)}", _b64("ann:" + WORD)[8:-4]),
    "base64 one off": _of(LOGIN, f"x {_b64('a' + WORD + 'bcd')} y", _b64("a" + WORD)[4:-4]),
    "base64 two off": _of(LOGIN, f"x {_b64('ab' + WORD + 'bcd')} y", _b64("ab" + WORD)[4:-4]),
    "base64 of json": _of(
        {"n": 1}, f"bad payload {_b64(json.dumps(LOGIN))} here", _b64(json.dumps(LOGIN))[8:-8]),
    # shortened by somebody else
    "pydantic, its tail": _of(
        {"body": {"name": "x" * 60, "password": _LONG}},
        _pydantic_error({"id": "x", "name": "x" * 60, "password": _LONG}), _LONG[-10:], _LONG[:10]),
    "pydantic, json": _of(
        {"body": json.dumps({"id": "x" * 60, "password": WORD})},
        _pydantic_json_error(json.dumps({"id": "x" * 60, "password": WORD})[:-1]), WORD[-6:]),
    "an ellipsis in the middle": _of({"token": _LONG}, f"key {_LONG[:12]}...{_LONG[-12:]} is old",
                                     _LONG[:12], _LONG[-12:]),
    "an ellipsis of its own": _of({"token": _LONG}, f"key {_LONG[:20]}… is old", _LONG[:20]),
    # objects
    "data class": _of({"login": Login("ann", WORD)}, f"no {WORD}", WORD),
    "data class alone": _of(Login("ann", WORD), f"no {WORD}", WORD),
    "data class that is quiet": _of({"a": Quiet(WORD)}, f"bad {Quiet(WORD)}", WORD),
    "namespace": _of(SimpleNamespace(user="ann", password=WORD), f"no {WORD}", WORD),
    "pydantic model": _of(Account(user="ann", api_key=PLAIN), f"no {PLAIN}", PLAIN),
    "pydantic's own secret": _of(Guarded(password=WORD), f"no {WORD}", WORD),
    "named tuple": _of({"who": Pair("ann", WORD)}, f"no {WORD}", WORD),
    "any object": _of({"client": Opaque(PLAIN)}, f"no {PLAIN} of {Opaque(PLAIN)}", PLAIN),
    "byte headers": _of(
        {"headers": [(b"authorization", b"Bearer " + PLAIN.encode())]}, f"no {PLAIN}", PLAIN),
    "byte keys": _of({b"password": WORD.encode()}, f"no {WORD}", WORD),
    "bytes of json": _of({"body": json.dumps(LOGIN).encode()}, f"no {WORD}", WORD),
    "an exception's arguments": _of({"cause": ValueError({"password": WORD})}, f"no {WORD}", WORD),
    # nothing in the event: the message alone
    "a key in prose": _of({}, f"login with password {PLAIN} failed", PLAIN),
    "a key and a colon": _of({}, f"rejected password: {WORD}", WORD),
    "a key of two words": _of({}, f"rejected api key: {PLAIN}", PLAIN),
    "a dict": _of({}, f"cannot use {LOGIN}", WORD),
    "a dict of bytes": _of({}, f"cannot use { {b'password': WORD.encode()} }", WORD),
    "a quote inside": _of({}, json.dumps({"password": 'ab"' + PLAIN}), PLAIN),
    "a list of pairs": _of({}, f"cannot use {[('authorization', 'Bearer ' + PLAIN)]}", PLAIN),
    "byte pairs": _of({}, f"{[(b'authorization', b'Bearer ' + PLAIN.encode())]}", PLAIN),
    "multipart": _of({}, 'x; name="password"\r\n\r\n' + WORD + "\r\n--b", WORD),
    "multipart with a type": _of(
        {}, f'name="password"\r\nContent-Type: text/plain\r\n\r\n{WORD}\r\n--b--', WORD),
    "xml": _of({}, f"<login><Password>{WORD}</Password></login>", WORD),
    "xml with a namespace": _of({}, f'<w:Password Type="text">{WORD}</w:Password>', WORD),
    "xml attribute": _of({}, f'<login password="{WORD}"/>', WORD),
    "xml cdata": _of({}, f"<password><![CDATA[<{WORD}]]></password>", WORD),
    "xml name and value": _of({}, f'<add key="password" value="{WORD}"/>', WORD),
    "xml named": _of({}, f'<field name="password">{WORD}</field>', WORD),
    "plist": _of({}, f"<key>password</key><string>{WORD}</string>", WORD),
    "ini": _of({}, f"[db]\nuser = ann\npassword = {PHRASE}\n", PHRASE),
    "env with separators": _of({}, f"A=1\nDB_PASS=a;b&{PLAIN}\n", PLAIN),
    "yaml block": _of({}, f"db:\n  password: |\n    {WORD}\n  user: ann\n", WORD),
    "php array": _of({}, f"user[password]={PLAIN}&a=1", PLAIN),
    "curl": _of({}, f"curl -u ann:{WORD} https://example.com", WORD),
    "mysql": _of({}, f"mysql -u ann -p{PLAIN} shop", PLAIN),
    "sql server": _of({}, f"Server=tcp:a,1433;User ID=ann;Password={WORD};Encrypt=yes", WORD),
    "odbc braces": _of({}, "Driver=x;PWD={" + PLAIN + "};", PLAIN),
    "jdbc": _of({}, f"jdbc:mysql://db/shop?user=ann&password={PLAIN}", PLAIN),
    "jdbc oracle": _of({}, f"jdbc:oracle:thin:scott/{PLAIN}@//db:1521/x", PLAIN),
    "amqp": _of({}, f"amqp://ann:{PLAIN}@mq:5672/", PLAIN),
    "redis without a user": _of({}, f"redis://:{PLAIN}@cache:6379/0", PLAIN),
    "mongodb": _of({}, f"mongodb+srv://ann:{PLAIN}@c.example.net/?w=1", PLAIN),
    "a password with @ and /": _of({}, f"postgres://ann:p@/{PLAIN}@db/shop", PLAIN),
    "azure storage": _of(
        {}, f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={PLAIN}{PLAIN}==;", PLAIN),
    "service bus": _of(
        {}, f"Endpoint=sb://a/;SharedAccessKeyName=k;SharedAccessKey={PLAIN}==", PLAIN),
    "libpq": _of({}, f"host=db user=ann password={PLAIN} dbname=shop", PLAIN),
    "pem in json": _of({}, json.dumps({"k": PEM}), PEM_BODY),
    "pem on one line": _of({}, PEM.replace("\n", " "), PEM_BODY),
    "pem without its end": _of({}, PEM[: PEM.index("\n-----END")], PEM_BODY),
    "pem without its beginning": _of({}, PEM[PEM.index(PEM_BODY) :], PEM_BODY),
    "pem, url-escaped": _of({}, f"k={quote(PEM)}", quote(PEM_BODY)),
    "pem in base64": _of({}, f"key {_b64(PEM)} is bad", _b64(PEM)[60:90]),
    "jwt in a word": _of({}, f"token_{JWT}", JWT[24:]),
    "jwt in a path": _of({}, f"GET /login/{JWT}/x", JWT[24:]),
    "sigv4": _of(
        {}, f"AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature={PLAIN * 3}", PLAIN),
}  # fmt: skip

# Keys of the kinds that a list of words misses.
KEYS = """
adminpw authkey __RequestVerificationToken aes_key pemKey stripeKey securityAnswer smsCode
mot_de_passe lozinka heslo parolă unlockCode activationKey spring.datasource.password
X-Shopify-Access-Token SECRET_KEY_BASE OPENAI_API_KEY keystorePassword パスワード
password passwd pwd db_pass dbPass userPass user-pass MYSQL_PWD MYSQL_ROOT_PASSWORD PGPASSWORD
REDIS_PASS smtpPwd ftp_pass root_pwd newPassword confirmPassword password2 old-password
passwordHash passphrase passcode dbpass userpass requirepass secret client_secret
clientSecret appSecret SECRET_KEY
secretString app.secret hmacSecret token accessToken refresh_token idToken ID_TOKEN authToken
csrfToken X-CSRF-Token sessionToken bearerToken deviceToken taskToken apiKey api_key X-Api-Key
APIKEY apikey access-key accountKey privateKey PRIVATE_KEY signingKey encryption_key masterKey
sharedKey sshKey consumerKey subscription-key Ocp-Apim-Subscription-Key x-functions-key
authorization Authorization Proxy-Authorization cookie Set-Cookie credentials connectionString
DATABASE_URL sessionId session_id PHPSESSID JSESSIONID jwt otp totp mnemonic seedPhrase
recoveryCode verificationCode webhookUrl SAMLResponse passwort senha contraseña
""".split()  # noqa: SIM905
