"""Secrets as they get into events: label -> (event, the secret in it). All are made up.

They are put together from pieces, so that no scanner takes this file for a leak.
"""

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote, urlsplit

WORD = "hunter2" + "-Zq9!"
PLAIN = "Vq7zRt" + "2mKxWp4s"
BEARER = "a81fc2" + "b97d5e4f3021"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".dozjgNryP4J3jVmNHl0w5N"
ACCESS_KEY = "AKIA" + "Z7QX3M2LNP5RTV6W"
SESSION_KEY = "ASIA" + "Z7QX3M2LNP5RTV6W"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYzx8Q2LPKEY"
SESSION_TOKEN = "IQoJb3JpZ2lu" + "X2VjEJr1dXMtZWFzdC0xIkcwRQIhAKx"
CARD = "4111" + "111111111111"
CARD_SPACED = "5555 5555" + " 5555 4444"
CARD_DASHED = "3782-" + "822463-10005"
PEM_BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
PEM = (
    f"-----BEGIN RSA PRIVATE KEY-----\n{PEM_BODY}\nq83vEjRWeJCrze8=\n-----END RSA PRIVATE KEY-----"
)
SSN = "123-" + "45-6789"
HEX = "9f86d081884c7d65" + "9a2feaa0c55ad015"
CRYPT = "$6$saltsalt$" + HEX * 2
APR1 = "$apr1$abcdefgh$" + HEX[:22]


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _gzipped(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode())).decode()


def _body(**fields: Any) -> dict[str, Any]:
    return {"body": json.dumps(fields)}


class Login:
    """What an event holds when a handler puts its own objects into it."""

    __slots__ = ("password",)

    def __init__(self, password: str) -> None:
        self.password = password

    def __repr__(self) -> str:
        return f"Login({self.password})"


def _token(value: str) -> tuple[Any, str]:
    """A vendor's token, where only its own form gives it away."""
    return {"note": f"use {value} please"}, value


PLANTED: dict[str, tuple[Any, str]] = {
    # headers
    "authorization bearer": ({"headers": {"Authorization": f"Bearer {BEARER}"}}, BEARER),
    "authorization lower case": ({"headers": {"authorization": f"bearer {BEARER}"}}, BEARER),
    "authorization basic": ({"headers": {"AUTHORIZATION": f"Basic {_b64(WORD)}"}}, _b64(WORD)),
    "proxy authorization": ({"headers": {"Proxy-Authorization": BEARER}}, BEARER),
    "x-api-key": ({"headers": {"x-api-key": PLAIN}}, PLAIN),
    "x-amz-security-token": ({"headers": {"X-Amz-Security-Token": PLAIN}}, PLAIN),
    "cookie header": ({"headers": {"Cookie": f"theme=dark; sid={PLAIN}"}}, PLAIN),
    "cookies of a payload v2": ({"cookies": [f"session={PLAIN}", "theme=dark"]}, PLAIN),
    "set-cookie": ({"headers": {"Set-Cookie": f"id={PLAIN}; Path=/"}}, PLAIN),
    "multi value headers": ({"multiValueHeaders": {"Authorization": [f"Bearer {BEARER}"]}}, BEARER),
    "header pairs": ({"headers": [["Authorization", BEARER], ["Accept", "*/*"]]}, BEARER),
    "header name and value": ({"headers": [{"name": "X-Auth-Token", "value": PLAIN}]}, PLAIN),
    "cloudfront header": (
        {"headers": {"authorization": [{"key": "Authorization", "value": BEARER}]}},
        BEARER,
    ),
    "csrf header": ({"headers": {"X-CSRF-Token": PLAIN}}, PLAIN),
    "bearer in a text": ({"log": f"sent Bearer {BEARER} twice"}, BEARER),
    "header line": ({"raw": f"GET / HTTP/1.1\r\nAuthorization: Token {BEARER}\r\n"}, BEARER),
    "cookie line": ({"raw": f"Host: a\nCookie: theme=dark; session={PLAIN}\n"}, PLAIN),
    # keys
    "password": ({"password": WORD}, WORD),
    "password in camel case": ({"userPassword": WORD}, WORD),
    "password in capitals": ({"DB_PASSWORD": WORD}, WORD),
    "password with hyphens": ({"new-pass-word": WORD}, WORD),
    "passwd": ({"passwd": WORD}, WORD),
    "pwd": ({"pwd": WORD}, WORD),
    "passphrase": ({"passphrase": "correct horse battery"}, "correct horse battery"),
    "pin as a number": ({"pin": 908172}, "908172"),
    "deeply nested": ({"a": [{"b": ({"c": {"clientSecret": PLAIN}},)}]}, PLAIN),
    "list below a secret key": ({"tokens": [PLAIN, BEARER]}, BEARER),
    "dict below a secret key": ({"credentials": {"user": "ann", "word": PLAIN}}, PLAIN),
    "client_secret": ({"client_secret": PLAIN}, PLAIN),
    "refreshToken": ({"refreshToken": PLAIN}, PLAIN),
    "otp": ({"otp": "918273"}, "918273"),
    "cvv": ({"card": {"cvv": "9817364"}}, "9817364"),
    "secret as bytes": ({"secret": WORD.encode()}, WORD),
    "private key by name": ({"privateKey": PLAIN}, PLAIN),
    "connection string": ({"connectionString": f"Server=a;Pwd={WORD}"}, WORD),
    "stream image": ({"NewImage": {"password": {"S": WORD}}}, WORD),
    "message attribute": (
        {"messageAttributes": {"token": {"stringValue": PLAIN, "dataType": "String"}}},
        PLAIN,
    ),
    "secret as a key": ({ACCESS_KEY: "mine"}, ACCESS_KEY),
    # texts with a key in them
    "json body": (_body(user="ann", password=WORD), WORD),
    "json in json": (
        {"Records": [{"body": json.dumps({"Message": json.dumps({"password": WORD})})}]},
        WORD,
    ),
    "broken json": ({"body": json.dumps({"password": WORD})[:-1]}, WORD),
    "escaped json": ({"log": 'got {\\"password\\": \\"' + PLAIN + '\\"}'}, PLAIN),
    "python repr": ({"log": f"got {{'password': '{WORD}'}}"}, WORD),
    "form body": ({"body": f"user=ann&password={PLAIN}&remember=1"}, PLAIN),
    "percent-encoded form": ({"body": quote(f"password={PLAIN}&user=ann")}, PLAIN),
    "query string": ({"rawQueryString": f"page=1&access_token={PLAIN}"}, PLAIN),
    "presigned url": ({"url": f"https://b.s3.amazonaws.com/k?X-Amz-Signature={HEX}"}, HEX),
    "sas url": ({"url": f"https://a.blob.core.windows.net/c?sv=1&sig={PLAIN}"}, PLAIN),
    "xml": ({"body": f"<login><user>ann</user><Password>{WORD}</Password></login>"}, WORD),
    "command line": ({"command": f"mysql --user ann --password {PLAIN}"}, PLAIN),
    "environment file": ({"file": f"A=1\nAWS_SECRET_ACCESS_KEY={SECRET_KEY}\n"}, SECRET_KEY),
    "yaml": ({"file": f"db:\n  user: ann\n  password: {PLAIN}\n"}, PLAIN),
    "url with user": ({"dsn_of": f"postgres://ann:{PLAIN}@db.internal:5432/shop"}, PLAIN),
    "url with token": ({"remote": f"https://{PLAIN}@git.example.com/a.git"}, PLAIN),
    "base64 json": ({"kinesis": {"data": _b64(json.dumps({"password": WORD}))}}, WORD),
    "base64 body": ({"body": _b64(f"user=ann&password={PLAIN}"), "isBase64Encoded": True}, PLAIN),
    "compressed": ({"awslogs": {"data": _gzipped(json.dumps({"password": WORD}))}}, WORD),
    "parameter of a stack": ({"p": [{"ParameterKey": "DbPw", "ParameterValue": WORD}]}, WORD),
    "key and val": ({"environment": [{"key": "SECRET", "val": PLAIN}]}, PLAIN),
    "attribute of a span": (
        {"attributes": [{"key": "db.password", "value": {"stringValue": WORD}}]},
        WORD,
    ),
    "basic credentials": (
        {
            "headers": {"Authorization": f"Basic {_b64(f'ann:{PLAIN}')}"},
            "log": f"login of ann with {PLAIN}",
        },
        PLAIN,
    ),
    "csv": ({"body": f"user,password\nann,{PLAIN}\n"}, PLAIN),
    "csv of tabs and quotes": ({"body": f'a\t"api key"\r\n1\t"{PLAIN}"\r\n'}, PLAIN),
    "insert": ({"sql": f"INSERT INTO u (name, password) VALUES ('ann', '{WORD}')"}, WORD),  # noqa: S608
    "insert of several": (
        {"sql": f"insert into u (pin_code, a) values ('k2', 1), ('{WORD}', 2)"},  # noqa: S608
        WORD,
    ),
    "insert with parameters": (
        {
            "log": "[SQL: INSERT INTO u (id, password) VALUES (%s, %s)]\n"  # noqa: S608
            f"[parameters: (1, '{WORD}')]"
        },
        WORD,
    ),
    "alter user": ({"sql": f"ALTER USER ann IDENTIFIED BY '{WORD}'"}, WORD),
    "create user": ({"sql": f"create user ann with password '{WORD}'"}, WORD),
    "docker login": ({"command": f"docker login -u ann -p {PLAIN} registry"}, PLAIN),
    "ldap": ({"command": f"ldapsearch -D cn=admin -w {WORD} -b dc=a"}, WORD),
    "update with parameters": (
        {"log": f"[SQL: UPDATE u SET password=%s WHERE id=%s]\n[parameters: ('{WORD}', 3)]"},  # noqa: S608
        WORD,
    ),
    "update with names": (
        {"log": "[SQL: UPDATE u SET password=:p]\n[parameters: {'p': '" + WORD + "', 'i': 3}]"},  # noqa: S608
        WORD,
    ),
    "select by a token": (
        {"log": f"[SQL: SELECT a FROM u WHERE u.api_token = ?]\n[parameters: ('{PLAIN}',)]"},  # noqa: S608
        PLAIN,
    ),
    "duplicate entry": (
        {"log": f"(1062, \"Duplicate entry '{PLAIN}' for key 'users.api_token'\")"},
        PLAIN,
    ),
    "pydantic": (
        {
            "log": "1 validation error for Login\nuser.password\n  String should have at least 20 "
            f"characters [type=string_too_short, input_value='{WORD}', input_type=str]"
        },
        WORD,
    ),
    "botocore": (
        {
            "log": f"Invalid type for parameter SecretBinary, value: {WORD}, type: <class 'str'>, "
            "valid types: <class 'bytes'>"
        },
        WORD,
    ),
    "secure string": ({"Parameter": {"Type": "SecureString", "Value": PLAIN}}, PLAIN),
    "challenge of a user pool": ({"request": {"challengeAnswer": "482913"}}, "482913"),
    "verification code in words": ({"sms": "Your verification code is 482913"}, "482913"),
    "password in words": ({"log": f"password for ann is now {PLAIN}"}, PLAIN),
    "sshpass": ({"command": f"sshpass -p {PLAIN} ssh ann@host"}, PLAIN),
    "az login": ({"command": f"az login -u ann -p {PLAIN} --tenant t"}, PLAIN),
    "setx": ({"command": f"setx DB_PASSWORD {PLAIN}"}, PLAIN),
    "dockerfile": ({"file": f"FROM a\nENV DB_PASSWORD {PLAIN}\n"}, PLAIN),
    "toml in three quotes": ({"file": f'[db]\npassword = """\n{WORD}"""\n'}, WORD),
    "unix password": ({"file": f"root:{CRYPT}:19000:0:"}, CRYPT),
    "htpasswd": ({"file": f"ann:{APR1}"}, APR1),
    "object with slots": ({"login": Login(WORD)}, WORD),
    "password with brackets": ({"log": f"Server=a;Password=Zq9({PLAIN})x;Encrypt=true"}, PLAIN),
    "secret of pydantic": ({"log": f"User(name='ann', password=SecretStr('{WORD}'))"}, WORD),
    "argument of a setter": ({"log": f'client.setPassword("{WORD}") failed'}, WORD),
    "argument of a builder": ({"log": f"with_api_key('{PLAIN}')"}, PLAIN),
    "password that a database hashes": ({"log": f"WHERE password = MD5('{WORD}')"}, WORD),
    "password for crypt": ({"log": f"SELECT crypt('{WORD}', gen_salt('bf'))"}, WORD),
    "password that is compared": ({"log": f"WHERE a = 1 AND password <> '{WORD}'"}, WORD),
    "token in a list of sql": ({"log": f"WHERE token NOT IN ('{PLAIN}')"}, PLAIN),
    "password of oracle": ({"log": f"CREATE USER ann IDENTIFIED BY {PLAIN}"}, PLAIN),
    "password of oracle in quotes": ({"log": f'ALTER USER ann IDENTIFIED BY "{WORD}"'}, WORD),
    "json in html": ({"log": f"page: {{&quot;password&quot;:&quot;{WORD}&quot;}}"}, WORD),
    "xml in html": ({"log": f"&lt;password&gt;{WORD}&lt;/password&gt; is bad"}, WORD),
    "json with codes": ({"log": f"\\u0022password\\u0022:\\u0022{WORD}\\u0022 is bad"}, WORD),
    "form with codes": ({"log": f"password\\u003d{WORD}\\u0026a\\u003d1"}, WORD),
    "french words": ({"log": f"mot de passe: {WORD}"}, WORD),
    "ntlm": ({"log": f"NTLM {_b64(PLAIN * 2)}"}, _b64(PLAIN * 2)),
    "archive": ({"log": f"zip -r -P {WORD} a.zip b"}, WORD),
    "archive of 7z": ({"log": f"7z x a.7z -p{WORD}"}, WORD),
    "openssl": ({"log": f"openssl enc -aes-256-cbc -k {WORD} -in a"}, WORD),
    "aws configure": ({"log": f"aws configure set aws_secret_access_key {WORD}"}, WORD),
    "url that was split": ({"url": urlsplit(f"https://ann:{WORD}@db.example/x")}, WORD),
    "login before a host": ({"log": f"cannot reach ann:{PLAIN}@db.example:5432"}, PLAIN),
    "command as a list": ({"log": f"Command '['mysql', '-uroot', '-p{WORD}']' returned 1"}, WORD),
    "field of a form": ({"fields": [{"type": "password", "value": WORD}]}, WORD),
    "json patch": ([{"op": "replace", "path": "/user/password", "value": WORD}], WORD),
    "column of a result": (
        {"columns": ["user", "password"], "rows": [["ann", WORD], ["bob", PLAIN]]},
        PLAIN,
    ),
    "column of a frame in a body": (
        _body(columns=["a", "token"], index=[0], data=[[1, PLAIN]]),
        PLAIN,
    ),
    "field of one row": ({"fields": ["user", "passwd"], "values": ["ann", WORD]}, WORD),
    "column of the data api": (
        {
            "columnMetadata": [{"name": "user"}, {"name": "api_key", "nullable": 1}],
            "records": [[{"stringValue": "ann"}, {"stringValue": PLAIN}]],
        },
        PLAIN,
    ),
    **{
        f"key in {language}": ({key: WORD}, WORD)
        for language, key in {
            "portuguese": "palavra_passe",
            "dutch": "toegangscode",
            "greek": "κωδικός",
            "hebrew": "סיסמה",
            "chinese": "口令",
            "vietnamese": "mật khẩu",
            "indonesian": "kataSandi",
            "arabic": "كلمة_المرور",
        }.items()
    },
    # forms of their own
    "supabase": _token("sbp_" + HEX),
    "mailchimp": _token(HEX + "-us12"),
    "razorpay": _token("rzp_live_" + "aB3dE5gH7jK9lM"),
    "plaid": _token("access-production-" + "12345678-1234-4234-8234-123456789012"),
    "launchdarkly": _token("sdk-" + "12345678-1234-4234-8234-123456789012"),
    "lob": _token("live_" + HEX + "abc"),
    "meta": _token("EAAM" + "aB3dE5gH7jK9lM1nO3pQ5rT7"),
    "instagram": _token("IGQV" + "J" + "aB3dE5gH7jK9lM1nO3pQ5rT7vX9zB1dF3hJ"),
    "firebase": _token("aB3dE5gH7jK:APA91b" + "aB3dE5gH7jK9aB3dE5gH7jK9"),
    "nvidia": _token("nvapi-" + "aB3dE5gH7jK9lM1nO3pQ5rT7"),
    "pinecone": _token("pcsk_" + "aB3dE5gH7jK9lM1nO3pQ5rT7"),
    "resend": _token("re_" + "aB3dE5gH_jK9lM1nO3pQ5rT7vX9zB1d"),
    "jwt": _token(JWT),
    "aws access key": _token(ACCESS_KEY),
    "aws temporary key": _token(SESSION_KEY),
    "aws secret key": _token(SECRET_KEY),
    "aws session token": _token(SESSION_TOKEN),
    "private key": ({"file": PEM}, PEM_BODY),
    "unfinished private key": ({"file": PEM[:70]}, PEM_BODY),
    "card": _token(CARD),
    "card with spaces": _token(CARD_SPACED),
    "card with hyphens": _token(CARD_DASHED),
    "card as a number": ({"paidWith": int(CARD)}, CARD),
    "social security number": _token(SSN),
    "github": _token("ghp_" + "0123456789abcdefABCDEF0123456789abcd"),
    "github fine-grained": _token("github_pat_" + "11ABCDEFG0abcdefghijklmnop"),
    "gitlab": _token("glpat-" + "x1y2z3a4b5c6d7e8f9g0"),
    "slack": _token("xoxb-" + "123456789012-abcdefABCDEF"),
    "slack webhook": _token("https://hooks.slack.com/" + "services/T0AAA/B0BBB/c1d2e3f4"),
    "stripe": _token("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"),
    "stripe webhook": _token("whsec_" + "4eC39HqLyjWDarjtT1"),
    "openai": _token("sk-proj-" + "abcdEFGH1234ijklMNOP5678"),
    "google": _token("AIza" + "SyA1234567890abcdefghijklmnopqrstuv"),
    "google oauth": _token("ya29." + "a0AfH6SMBxyz1234567890abc"),
    "sendgrid": _token("SG." + "abcdefghijklmnop" + ".qrstuvwxyz0123456789"),
    "twilio": _token("SK" + HEX),
    "npm": _token("npm_" + "0123456789abcdefABCDEF0123456789abcd"),
    "pypi": _token("pypi-" + "AgEIcHlwaS5vcmcCJDAxMjM0NTY3LTg5YWItY2RlZi0wMTIz"),
    "shopify": _token("shpat_" + HEX),
    "vault": _token("hvs." + "CAESIJ1234567890abcdefghij"),
    "databricks": _token("dapi" + HEX),
    "telegram": _token("123456789" + ":AA" + "Hdqwrstuvwxyz0123456789ABCDEFGHI_"),
}

# Only what stands beside these tells them.
JWK = {
    "kty": "RSA", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmb", "e": "AQAB",
    "d": "X4cTteJY_gn4FYPs" + "XB8rdXix5vwsg1FL", "p": "83i-7IvMGXoMXCsk" + "v73TKr8637FiO7Z2",
}  # fmt: skip
_OCTETS = "GawgguFyGrWKav7A" + "X4VKUg"
_KEY_LINE = "AAAAIGx2c2Vj" + "cmV0a2V5bWF0ZXJpYWw"
PPK = (
    "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: ann\nPublic-Lines: 1\n"
    f"AAAAC3NzaC1lZDI1NTE5\nPrivate-Lines: 2\n{_KEY_LINE}\nq83vEjRWeJCrze8=\nPrivate-MAC: {HEX}\n"
)
_SSH2 = f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{_KEY_LINE}\n---- END SSH2 ENCRYPTED"
_PHRASE = "tangerine" + "dream"
_CODE = "SplxlOBeZQQY" + "bYS6WxSbIA"
_SECRET_YAML = (
    f"kind: Secret\nmetadata:\n  name: db\ndata:\n  config: {_b64(PLAIN)}\n  more: |\n"
    f"    {_b64(PLAIN)}\n"
)
_HEXED, _HEX_OF_IT = json.dumps({"password": PLAIN}).encode().hex(), PLAIN.encode().hex()
PLANTED |= {
    "code of oauth in a url": ({"url": f"https://a/cb?code={_CODE}&state=af0ifjsldkj"}, _CODE),
    "code after its state": ({"rawQueryString": f"state=xyz&code={_CODE}"}, _CODE),
    "code of oauth in a query": ({"query": {"code": "4/0AX4XfWhT2kq9", "state": "af0ifjsldkj12"}},
                                 "4/0AX4XfWhT2kq9"),
    "codes of oauth in a query": ({"query": {"code": [_CODE], "state": ["x"]}}, _CODE),
    "code of oauth in a form": (
        {"body": f"grant_type=authorization_code&code={_CODE}&client_id=a"}, _CODE),
    "code of oauth with its grant": ({"grant_type": "authorization_code", "code": _CODE}, _CODE),
    "code verifier": ({"code_verifier": PLAIN}, PLAIN),
    "jwk": ({"keys": [JWK]}, JWK["d"]),
    "jwk, a prime of it": ({"keys": [JWK]}, JWK["p"]),
    "jwk of bytes": ({"kty": "oct", "k": _OCTETS}, _OCTETS),
    "jwk in a body": ({"body": json.dumps(JWK)}, JWK["d"]),
    "jwk in words": ({"note": f"bad key {json.dumps(JWK)} given"}, JWK["d"]),
    "jwk as python": ({"note": f"bad key {JWK} given"}, JWK["p"]),
    "jwk, escaped": ({"note": f"{json.dumps(json.dumps(JWK))} given"}, JWK["d"]),
    "putty": ({"file": PPK}, _KEY_LINE),
    "putty, escaped": ({"file": f"{json.dumps(PPK)} is bad"}, _KEY_LINE),
    "putty, what it is checked by": ({"file": PPK}, HEX),
    "ssh2": ({"file": _SSH2}, _KEY_LINE),
    "pgpass": ({"file": f"db.example.com:5432:shop:ann:{PLAIN}\n"}, PLAIN),
    "pgpass of any": ({"file": f"a:5432:*:bob:x\n*:*:*:ann:{PLAIN}"}, PLAIN),
    "slack trigger": _token("https://hooks.slack.com/triggers/E0AAA/123/" + "c1d2e3f4"),
    "discord webhook": _token("https://discord.com/api/v10/webhooks/123456789012345678/" + _OCTETS),
    "teams webhook": _token("https://acme.webhook.office.com/webhookb2/a@b/IncomingWebhook/" + HEX),
    "telegram in a path": (
        {"url": f"https://api.telegram.org/bot123456789:{PLAIN}{PLAIN}/getMe"}, PLAIN * 2),
    "zapier": ({"url": "https://hooks.zapier.com/hooks/catch/123456/" + "ab12cd/"}, "ab12cd"),
    "mattermost": ({"url": "https://chat.a/hooks/" + "xyzabc123def456ghi789jkl01"},
                   "xyzabc123def456ghi789jkl01"),
    "rocket chat": ({"url": f"https://chat.a/hooks/aB3dE5gH7jK9lM1nO/{PLAIN * 3}"}, PLAIN * 3),
    "ifttt": ({"url": f"https://maker.ifttt.com/trigger/x/with/key/{PLAIN}"}, PLAIN),
    "lark": ({"url": f"https://open.larksuite.com/open-apis/bot/v2/hook/{PLAIN}"}, PLAIN),
    "reset of a password in a path": ({"path": f"/reset-password/{PLAIN}"}, PLAIN),
    "link of a login in a path": ({"path": f"/auth/magic-link/{PLAIN}?next=a"}, PLAIN),
    "field with its value first": (
        {"html": f'<input type="hidden" value="{WORD}" name="password">'}, WORD),
    "field with an id": ({"html": f"<input value='{PLAIN}' type=hidden id=csrf_token>"}, PLAIN),
    "hexadecimal json": ({"row": _HEXED}, _HEX_OF_IT),
    "hexadecimal of postgres": ({"row": f"bytea \\x{_HEXED} is bad"}, _HEX_OF_IT),
    "hexadecimal of mysql": ({"row": f"row 0x{_HEXED.upper()} is bad"}, _HEX_OF_IT.upper()),
    "credentials as a pair": ({"log": f"invalid credentials: ann / {PLAIN}"}, PLAIN),
    "credentials with a colon": ({"log": f"denied, credentials: ann@a.example:{PLAIN}"}, PLAIN),
    "kubernetes secret": ({"kind": "Secret", "data": {"config": _b64(PLAIN)}}, _b64(PLAIN)),
    "kubernetes secret in a body": (_body(kind="Secret", stringData={"config": PLAIN}), PLAIN),
    "kubernetes secret in yaml": ({"file": _SECRET_YAML}, _b64(PLAIN)),
    "command that commas join": ({"log": f"Command 'mysql,-uroot,-p{WORD},db' failed"}, WORD),
    "command in a page": ({"log": f"<pre>mysql&#32;-p{PLAIN}&#32;db</pre>"}, PLAIN),
    "login of ssh": ({"log": "scp ann:" + _PHRASE + "@host:/x . failed"}, _PHRASE),
    "login before a port": ({"log": "cannot reach ann:" + _PHRASE + "@db:5432"}, _PHRASE),
    "login of redis": ({"log": "Command # 1 (AUTH ann " + _PHRASE + ") of pipeline"}, _PHRASE),
    "login of redis, told back": (
        {"log": f"ERR unknown command, with args beginning with: `AUTH` `{PLAIN}`, "}, PLAIN),
    "login of ftp": ({"log": "USER ann\r\nPASS " + _PHRASE + "\r\n530 Login incorrect"}, _PHRASE),
    "login of imap": ({"log": f'A1 LOGIN "ann" "{PLAIN}"'}, PLAIN),
    "login of smtp": ({"log": f"send: 'AUTH PLAIN {_b64(chr(0) + 'ann' + chr(0) + WORD)}'"},
                      _b64(chr(0) + "ann" + chr(0) + WORD)),
    "key of small letters": ({"dbpass": PLAIN}, PLAIN),
    "error of fastapi": (
        {"detail": [{"type": "too_short", "loc": ["body", "password"], "msg": "a", "input": WORD}]},
        WORD,
    ),
    "error of fastapi in a body": (
        _body(detail=[{"loc": ["body", "api_key"], "msg": "a", "input": PLAIN}]), PLAIN),
    "error of express": (
        {"errors": [{"value": WORD, "msg": "Invalid value", "path": "password"}]}, WORD),
    "error of spring": ({"errors": [{"field": "password", "rejectedValue": WORD}]}, WORD),
    "hindi in a text": ({"log": f"पासवर्ड: {PLAIN}"}, PLAIN),
    "thai in json": ({"log": f'{{"รหัสผ่าน": "{PLAIN}"}} is bad'}, PLAIN),
    **{
        f"key in {language}": ({key: WORD}, WORD)
        for language, key in {
            "hindi": "पासवर्ड", "thai": "รหัสผ่าน", "bengali": "পাসওয়ার্ড", "persian": "رمز_عبور",
            "bulgarian": "парола", "georgian": "პაროლი", "tamil": "கடவுச்சொல்",
        }.items()
    },
}  # fmt: skip

# What looks a little like a secret and is of use to whoever reads the record.
HARMLESS: list[Any] = [
    {"orderId": "o-1", "status": "reserved", "lines": [{"sku": "lamp", "quantity": 3}]},
    {"author": "Ann", "passenger": "Bob", "keyboard": "qwerty", "compass": "north"},
    {"shippingMethod": "express", "pinned": True, "spinner": 3, "signed": "yes"},
    {"commit": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"},
    {"id": "3f2b1c9e-8a4d-4c6b-9e1f-0a2b3c4d5e6f", "at": "2026-11-23T12:00:00.000Z"},
    {"arn": "arn:aws:lambda:us-east-1:123456789012:function:orders-function-dev"},
    {"epochMs": 1795441912209, "epochNs": 1795441912209000123, "phone": "+49 30 1234567"},
    {"url": "https://example.com/orders?page=2&sort=asc", "path": "/var/task/orders/handler.py"},
    {"text": "the customer asked for the basic plan, not for a refund: see page 12-34"},
    {"body": '{"a": 1, "b": [true, null]}', "other": "{not json"},
    {"encoded": base64.b64encode(b"nothing to hide in here").decode()},
    {"password": None, "token": ""},
]
