"""Which keys name a secret: ``userPass``, ``MYSQL_PWD``, ``x-api-key``; not ``max_tokens``.

A key is read as words. One of them, or two beside each other, names the secret; what follows may
say that the value is only about it: ``tokenType``, ``password_changed_at``.
"""

from __future__ import annotations

from collections import namedtuple
from functools import lru_cache

from errorlog.lazy_pattern import lazy

MAX_KEY = 256


# How much a key says of its value. ``strength`` is NONE, WEAK (a secret if it looks like one),
# SECRET (a secret unless it is a status or a sentence) or STRONG (a secret unless it says outright
# that there is none). ``digits`` is how many a number needs to be one; 0 where numbers never are.
KeyKind = namedtuple("KeyKind", "strength digits", defaults=(0,))

NONE, WEAK, SECRET, STRONG = range(4)
NO_SECRET = KeyKind(NONE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STRONG = _words(
    "password pasword passwrd paswd passwd passphrase passcode pwd pw pword pswd psw psswd pincode "
    "pin otp totp hotp "
    "cvv cvc cvn csc ssn secret mnemonic passwort kennwort contrasena contraseña senha "
    "wachtwoord parola parolă haslo hasło heslo lozinka salasana adgangskode lösenord losenord "
    "passord jelszo jelszó sifre şifre katasandi "
    "toegangscode κωδικός סיסמה пароль 口令 密码 密碼 パスワード 비밀번호 motdepasse pgpass psk"
)
_SECRET = _words(
    "token pass auth authorization credential cred cookie jwt bearer apikey csrf xsrf iban "
    "passport samlresponse samlrequest dsn jsessionid phpsessid sessid sessionid kubeconfig"
)
_WEAK = _words(
    "authentication sid sig signature nonce salt license licence pan xauth assertion "
    "biometric mfa session hmac sas pat"
)
_KEYS = (
    "access account activation admin aes api app application auth client consumer data deploy "
    "encryption functions hmac host license licence master openai pem private root rsa secret "
    "sendgrid server service session shared signing ssh storage stripe subscription twilio write"
)
_PAIRS: dict[str, int] = {
    **dict.fromkeys((f"{word} key" for word in _KEYS.split()), SECRET),
    **dict.fromkeys(
        ("private key", "seed phrase", "recovery phrase", "recovery code", "backup code",
         "security code", "verification code", "otp code", "time code", "mfa code", "login code",
         "auth code", "authorization code", "reset code", "activation code", "access code",
         "card number", "credit card", "debit card", "account number", "routing number",
         "social security", "tax id", "connection string", "user pass", "pass word", "pass phrase",
         "pass code", "mot passe", "de passe", "security answer", "sms code", "unlock code",
         "pin code", "card num", "license key", "secret string", "secret binary", "palavra passe",
         "kata sandi", "mật khẩu", "كلمة المرور", "كلمة السر", "challenge answer",
         "challenge parameter", "code verifier", "device code"),
        STRONG,
    ),
    **dict.fromkeys(
        ("verification token", "access token", "refresh token", "auth token", "session token",
         "security token", "bearer token", "reset token", "session id", "database url",
         "mongodb uri", "mongo uri", "redis url", "amqp url",
         "webhook url", "saml response", "proxy auth", "auth header", "amz credential",
         "amz signature", "reset link", "magic link", "db url", "db uri"),
        SECRET,
    ),
}  # fmt: skip
# Numbers of at least so many digits are secrets below these.
_DIGITS = {
    "pin": 3, "pincode": 4, "otp": 4, "totp": 4, "hotp": 4, "cvv": 3, "cvc": 3, "cvn": 3, "csc": 3,
    "mfa": 4, "passcode": 4, "ssn": 6, "card number": 6, "credit card": 6, "debit card": 6,
    "card num": 6, "account number": 6, "routing number": 6, "social security": 6, "tax id": 6,
    "pan": 12, "iban": 6, "passport": 5, "token": 6, "tokens": 9, "secret": 4, "apikey": 6,
    "pass": 5, "auth": 6,
}  # fmt: skip

# What follows the name of a secret where the value is not the secret itself.
_ABOUT = _words(
    "age alg algorithm allowed arn at attempts before by changed claim claims class cnt command "
    "character characters consent control count country created date days decimals disabled domain "
    "duration enabled endpoint error errors event exists exp expiration expired expires expiry "
    "failed failures family fd field fields file flow flows format header hours id in index "
    "invalid issued issuer kind label last left len length level lifetime limit location max "
    "mechanism mechanisms metadata method millis min minute minutes missing mode modified ms name "
    "names needed on path per policy position prefix present price provider rate ratio realm "
    "reason refreshed region remaining requested required requirements reset result retries retry "
    "revoked role rotated rotation rule rules scheme scope scopes stdin second seconds set size "
    "source start started end ended state stats status strength suffix supported symbol time "
    "timeout timestamp total ttl type types uri url usage use used user username valid validity "
    "verified version exception exceptions fault warning warnings failure not found "
    "service services handler hasher bucket middleware validator generator parser"
)
# A pair that is sensitive with such a word in it stays so.
_COUNTED = _words(
    "max min total prompt completion input output cached reasoning used remaining num number "
    "count next page pagination continuation idempotency request eos bos pad unk sep mask stop "
    "special per budget price cost cancellation"
)
# What one may have a pass of, or for.
_PASSES = _words("first second last test boarding bus day guest rail season ski visitor")
_WRONG = _words(
    "bad invalid missing expired no unknown wrong incorrect unauthorized malformed unsupported"
)
_OF_PASSWORDS = _words("hash salt digest key secret text value old new")
# Password in scripts whose vowels are marks, which end no word, or that put no space between words.
_WRITTEN_TOGETHER = (
    "पासवर्ड", "कूटशब्द", "गुप्तशब्द", "পাসওয়ার্ড", "પાસવર્ડ",
    "ਪਾਸਵਰਡ", "கடவுச்சொல்", "పాస్\u200cవర్డ్", "పాస్వర్డ్", "ಪಾಸ್\u200cವರ್ಡ್",
    "പാസ്\u200cവേഡ്", "รหัสผ่าน", "รหัสลับ", "ລະຫັດຜ່ານ", "ពាក្យសម្ងាត់",
    "စကားဝှက်", "پاس ورڈ", "پاسورڈ", "گذرواژه", "رمز عبور",
    "парола", "лозинка", "პაროლი", "գաղտնաբառ",
)  # fmt: skip
# No text with a key in it lacks all of these.
HINTS = (
    "pass", "secret", "token", "auth", "key", "cookie", "cred", "sess", "sig", "card", "cv", "ssn",
    "pw", "jwt", "srf", "otp", "saml", "pin", "sid", "code", "phrase", "iban", "bearer", "dsn",
    "connection", "nonce", "salt", "kennwort", "senha", "contras", "wachtwoord", "parol", "has",
    "heslo", "sandi", "toegang", "lozinka", "salasana", "adgangskode", "senord", "jelsz", "ifre",
    "answer", "sms", "identified", "mfa", "csc", "psw", "number", "license", "url", "uri",
    "social", "tax", "link", "assertion", "mnemonic", "psk", "pan",
    # what some errors tell without a key: errorlog.told_values, and calls with a name and it
    "to integer value", "invalid port", "header", "pasw", "found: '%", "failing row", "login(",
    "crypt(",
)  # fmt: skip
HINTS_BEYOND_ASCII = (
    "пароль",
    "κωδικός",
    "סיסמה",
    "口令",
    "khẩu",
    "كلمة",
    "密",
    "パスワード",
    "비밀번호",
    *_WRITTEN_TOGETHER,
)
# Nor does a sentence that tells a secret: "the password is hunter2".
SPOKEN_HINTS = ("pass", "secret", "token", "key", "pin", "otp", "pwd", "credential", "code")
_INSIDE = (
    "password", "pasword", "passwd", "passphrase", "passcode", "passwort", "apikey", "secretkey",
    "accesskey",
    "privatekey", "authkey", "aeskey", "pemkey", "stripekey", "motdepasse", "signingkey",
    "sharedkey", "accountkey", "encryptionkey", "masterkey",
    "clientsecret", "credential", "connectionstring", "creditcard", "cardnumber", "sessionid",
    "sessid", "accesstoken", "refreshtoken", "idtoken", "authtoken", "csrftoken", "xsrftoken",
    "sessiontoken", "securitytoken", "bearertoken", "samlresponse", "onetimecode", "authorization",
)  # fmt: skip
_ENDING = ("secret", "token", "pass", "pwd", "passw", "pw")
_ORDINARY_ENDINGS = _words(
    "compass bypass overpass underpass trespass surpass encompass lowpass highpass bandpass "
    "multipass singlepass firstpass boardingpass impass crosspass onepass subpass renderpass "
    "prepass getpass surrogatepass daypass seasonpass skipass railpass buspass guestpass"
)
_WORD = lazy(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+")


@lru_cache(maxsize=4_096)
def kind_of(key: str) -> KeyKind:
    """What ``key`` says of its value; only its last characters are read where it is long."""
    if not key.isascii():
        lower = key.replace("_", " ").lower()
        if any(word in lower for word in _WRITTEN_TOGETHER):
            return KeyKind(STRONG, 4)
    words = [word.lower() for word in _WORD.findall(key[-MAX_KEY:])]
    if not words:
        return NO_SECRET
    found, digits, start, end = NONE, 0, 0, 0
    for index, word in enumerate(words):
        pair = f"{words[index - 1]} {word}" if index else ""
        name = word if word in _STRONG or word in _SECRET or word in _WEAK else _singular(word)
        strength = _PAIRS.get(pair, _PAIRS.get(pair.rstrip("s"), NONE))
        begins = index - 1
        if not strength:
            begins = index
            strength = _strength(name)
        if strength and strength >= found:
            found, start, end = strength, begins, index + 1
            digits = _DIGITS.get(pair) or _DIGITS.get(word) or _DIGITS.get(name) or digits
    squeezed = "".join(words)
    inside = _inside(squeezed) if found <= WEAK else ""
    if inside:
        rest = squeezed.partition(inside)[2].lstrip("s")
        if rest in _ABOUT or (rest.endswith(("at", "in", "on")) and rest[:-2] in _ABOUT):
            return NO_SECRET
        return KeyKind(STRONG, 4 if inside.startswith("pass") else 6)
    if not found:
        return NO_SECRET
    if words[start:end] == ["pass"] and start:
        found = WEAK if words[start - 1] in _PASSES else STRONG
    elif words[0] == "pass" and end == 1 < len(words) and words[1] not in _OF_PASSWORDS:
        found = WEAK  # pass_zero, passThrough: what is passed, or let pass
    elif words[0] in _WRONG and len(words) > 1 and key[0].isupper() and key.isalpha():
        found = min(found, WEAK)  # an error's type: MissingAuthenticationToken
    after = words[end:]
    if after and all(word in _ABOUT for word in after):
        return NO_SECRET
    counted = end - start == 1 and any(word in _COUNTED for word in words[:start])
    if words[end - 1].startswith("token") and counted:
        return NO_SECRET
    if found == STRONG and not digits:
        digits = 4
    return KeyKind(found, digits)


def _singular(word: str) -> str:
    """``tokens`` as ``token``; ``dbpass`` is no plural."""
    return word if word.endswith("ss") else word.rstrip("s")


def _inside(squeezed: str) -> str:
    return next((name for name in _INSIDE if name in squeezed), "")


def _strength(word: str) -> int:
    if word in _STRONG:
        return STRONG
    if word in _SECRET:
        return SECRET
    if word in _WEAK:
        return WEAK
    if word.endswith(_ENDING) and word not in _ORDINARY_ENDINGS:
        return STRONG if word.endswith(("pass", "pwd", "secret", "passw", "pw")) else SECRET
    return NONE
