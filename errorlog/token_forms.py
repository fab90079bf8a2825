"""Tokens that their own form gives away, by the prefix that their vendor gave them.

Prefixes and alphabets follow the rules of gitleaks, https://github.com/gitleaks/gitleaks
(config/gitleaks.toml at b58d3f1 of 2026-07-22); lengths are shorter here, so that a token that was
cut is hidden too. Beyond it: AWS session tokens, SendGrid, Telegram, Azure storage keys.

No expression asks for anything after what repeats without bound, so that each is linear.
"""

from __future__ import annotations

from errorlog.lazy_pattern import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# What begins the words that a form's texts have, what else they have anywhere, and the form. Of a
# word that begins so the first three characters are looked up, all of a text's at once: that is
# what makes texts without tokens, nearly all, cheap. An expression is compiled when it may fit.
_FORMS: tuple[tuple[str, str, str], ...] = (
    # AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    ("AKIA ASIA AROA AIDA ABIA ACCA AGPA AIPA ANPA ANVA A3T", "",
     r"\b(?:A3T[A-Z0-9]|A(?:KIA|SIA|ROA|IDA|BIA|CCA|GPA|IPA|NPA|NVA))[A-Z0-9]{16}\b"),
    ("FwoGZXIv IQoJb3Jp FQoGZXIv", "",
     r"\b(?:FwoGZXIv|IQoJb3Jp|FQoGZXIv)[A-Za-z0-9/+=%]{20,}"),
    ("ABSK bedrock-api-key-", "", r"\bABSK[A-Za-z0-9+/]{40,}|\bbedrock-api-key-[\w+/=\-]{16,}"),
    # Source control and its builds
    ("", "gh github_pat_", r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}"),
    ("glpat gldt glft glffct glimt glagent gloas glptt glrt glsoat glcbt",
     "GR1348941 _gitlab_session=",
     r"\bgl(?:pat|dt|ft|ffct|imt|agent|oas|ptt|rt|soat|cbt|rtr)-[\w\-.]{16,}"
     r"|GR1348941[\w\-]{16,}|_gitlab_session=[0-9a-z]{16,}"),
    ("ATATT ATCTT ATBB", "", r"\bAT(?:ATT3|CTT3|BB)[\w\-=]{16,}"),
    ("npm_", "", r"\bnpm_[A-Za-z0-9]{20,}"),
    ("", "pypi-", r"pypi-[\w\-]{32,}"),
    ("rubygems_ oy2", "CLOJARS_ clojars_",
     r"\brubygems_[a-f0-9]{32,}|(?:CLOJARS|clojars)_[A-Za-z0-9]{32,}|\boy2[a-z0-9]{43}\b"),
    ("dckr_pat_ dckr_oat_", "", r"\bdckr_[po]at_[\w\-]{16,}"),
    ("AKCp cmVmd", "", r"\bAKCp[A-Za-z0-9]{40,}|\bcmVmd[A-Za-z0-9]{40,}"),
    # Chat and mail
    ("", "xox xapp-", r"(?:xox[abceoprs](?:\.xox[bp])?|xapp)-[A-Za-z0-9\-]{10,}"),
    ("", "hooks.slack.com /api/webhooks/ webhook.office.com",
     r"hooks\.slack\.com/\w+/[\w/]+|discord(?:app)?\.com/api/webhooks/[\w/\-]+"
     r"|webhook\.office\.com/webhookb2/[\w@/\-]+"),
    # Addresses that whoever knows them may write to: the secret is in their path.
    ("", "hooks.slack-gov.com /webhooks/ .com/webhook/",
     r"hooks\.slack-gov\.com/\w+/[\w/]+|/api/v\d{1,2}/webhooks/\d{8,}/[\w\-]{16,}"
     r"|outlook\.office(?:365)?\.com/webhook/[\w@/\-]+"),
    ("", "/bot", r"(/(?:file/)?bot)\d{6,12}:[\w\-]{24,}"),
    ("", "/hooks/ hook.", r"(/hooks/catch/\d{1,12}/)\w{5,}|(/hooks/)[a-z0-9]{26}\b"
     r"|(/hooks/[A-Za-z0-9]{17}/)[A-Za-z0-9]{32,}|(\bhook\.[a-z0-9]{1,9}\.make\.com/)\w{16,}"),
    ("", "/with/key/ /bot/v2/hook/ hc-ping.com/ /integration/ /integrations/",
     r"(/with/key/)[\w\-]{12,}|(/bot/v2/hook/)[\w\-]{12,}|(\bhc-ping\.com/)[\w\-]{22,}"
     r"|(/integration/)[0-9a-f]{32}(?=/enqueue)|(/integrations/\w{1,20}/\d{1,12}/alert/)[\w\-]{16,}"),
    ("", "SG.", r"\bSG\.[\w\-=]{10,80}\.[\w\-=]{10,}"),
    ("xkeysib- xsmtpsib-", "", r"\bx(?:key|smtp)sib-[a-f0-9]{32,}(?:-[A-Za-z0-9]+)?"),
    ("", "-us", r"\b[0-9a-f]{32}-us\d{1,2}\b"),  # Mailchimp
    ("re_ phx_ rnd_", "",
     r"\bre_[A-Za-z0-9]{6,10}_[A-Za-z0-9]{16,}|\bphx_\w{30,}|\brnd_[A-Za-z0-9]{24,}"),
    ("key-", "SK AC", r"\b(?:key-|SK|AC)[0-9a-f]{32}\b"),  # Mailgun, Twilio
    ("", ":AA", r"\b\d{8,10}:AA[\w\-]{30,}"),  # Telegram
    ("", ".G .X .Y", r"\b[MNO][\w\-]{23,27}\.[GXY][\w\-]{5}\.[\w\-]{27,}"),  # Discord
    # Payments
    ("sk_ rk_ pk_ whsec_", "",
     r"\b[srp]k_(?:live|test|prod)_[A-Za-z0-9]{8,}|\bwhsec_[\w+/=]{8,}"),
    ("sq0 EAAA", "", r"\bsq0[a-z]{3}-[\w\-]{16,}|\bEAAA[\w\-]{22,}"),
    ("access_token$", "", r"\baccess_token\$(?:production|sandbox)\$[0-9a-z]{8,}\$[0-9a-f]{16,}"),
    ("FLWSECK shippo_ duffel_ EZAK EZTK", "",
     r"\bFLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}|\bshippo_(?:live|test)_[a-fA-F0-9]{16,}"
     r"|\bduffel_(?:test|live)_[\w\-=]{16,}|\bEZ[AT]K[A-Za-z0-9]{32,}"),
    ("rzp_ access-", "",
     r"\brzp_(?:live|test)_[A-Za-z0-9]{10,}"
     r"|\baccess-(?:sandbox|development|production)-[0-9a-f\-]{24,}"),  # Razorpay, Plaid
    ("live_ test_", "", r"\b(?:live|test)_[0-9a-f]{35}\b"),  # Lob
    ("EAA IGQV", "APA91b",  # Meta, Firebase
     r"\bEAA(?:[MC]|CEdEose0cBA)[A-Za-z0-9]{20,}|\bIGQV[\w\-]{30,}|\b[\w\-]{11}:APA91b[\w\-]{24,}"),
    ("shp", "", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{24,}"),
    # Clouds and hosting
    ("AIza ya29. GOCSPX-", "", r"\bAIza[\w\-]{30,}|\bya29\.[\w\-.]{20,}|\bGOCSPX-[\w\-]{20,}"),
    ("", "1//0", r"\b1//0[\w\-]{30,}"),  # Google's refresh tokens
    ("", "Q~", r"(?<![\w~.])[\w~.]{3}\dQ~[\w~.\-]{25,}"),  # Azure AD's client secrets
    ("", "AccountKey= SharedAccessKey= sig=",
     r"((?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/=]{16,}|([?&]sig=)[\w%+/=\-]{8,}"),
    ("", "Az",
     r"\b[\w+/]{20,80}Az(?:Se|Fu|Ca|Io|Ev)[\w+/]{4,}={0,2}"),
    ("dop_ doo_ dor_ pul- pscale_ fo1_ fm1 fm2_", "",
     r"\bdo[opr]_v1_[0-9a-f]{32,}|\bpul-[a-f0-9]{32,}|\bpscale_(?:tkn|oauth|pw)_[\w=.\-]{16,}"
     r"|\bf(?:o1|m1[ar]|m2)_[\w+/\-]{24,}"),
    ("LTAI", "", r"\bLTAI[A-Za-z0-9]{16,}"),
    ("sbp_ sb_secret_", "", r"\bsbp_[0-9a-f]{32,}|\bsb_secret_[\w\-]{16,}"),  # Supabase
    ("sdk- api-", "", r"\b(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
    ("HRKU- sha256~", "", r"\bHRKU-[\w\-]{24,}|\bsha256~[\w\-]{32,}"),
    ("hvs. hvb. hvr. atlasv1.", "", r"\bhv[sbr]\.[\w\-]{20,}|\batlasv1\.[\w\-=]{32,}"),
    ("dapi", "dp.", r"\bdapi[a-f0-9]{32}(?:-\d)?|\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w.\-]{24,}"),
    ("", "v1.0-", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{32,}"),  # Cloudflare's origin CA
    # What crypt makes of a password, to be guessed from
    ("", "$1$ $2a$ $2b$ $2y$ $5$ $6$ $y$ $7$ $apr1$ $argon2 $scrypt$ $pbkdf2",
     r"\$(?:[1567y]|2[aby]|apr1|argon2(?:id?|d)|scrypt|pbkdf2(?:-\w{1,10})?)"
     r"\$[\w./+=,\-]{1,99}\$?[\w./+=$\-]{20,}"),
    # Models
    ("", "sk-", r"\bsk-(?!ecdsa-|ssh-)(?=[\w\-]{0,40}\d)[\w\-]{16,}"),
    ("hf_ api_org_", "", r"\bhf_[A-Za-z]{30,}|\bapi_org_[A-Za-z]{30,}"),
    ("nvapi- pcsk_ lsv2_ tvly-", "",
     r"\bnvapi-[\w\-]{20,}|\bpcsk_\w{20,}|\blsv2_(?:pt|sk)_\w{20,}|\btvly-[\w\-]{20,}"),
    ("pplx- gsk_ xai- r8_", "", r"\b(?:pplx-|gsk_|xai-|r8_)[A-Za-z0-9]{30,}"),
    # Operations and other services
    ("dt0c01. glsa_ glc_ eyJrIjoi", "",
     r"\bdt0c01\.[A-Za-z0-9]{16,}\.[A-Za-z0-9]+|\bglsa_[A-Za-z0-9]{24,}\w*|\bglc_[\w+/=]{32,}"
     r"|\beyJrIjoi[\w+/=]{40,}"),
    ("NRAK- NRJS- NRII-", "", r"\bNR(?:AK|JS|II)-[A-Za-z0-9\-]{16,}"),
    ("sntry", "", r"\bsntry[su]_[\w+/=.\-]{32,}"),
    ("PMAK- PMAT-", "", r"\bPMA[KT]-[A-Za-z0-9\-]{24,}"),
    ("lin_api_ lin_oauth_ ntn_ secret_ rdme_", "",
     r"\blin_(?:api|oauth)_[A-Za-z0-9]{24,}|\bntn_[A-Za-z0-9]{32,}|\bsecret_[A-Za-z0-9]{40,}"
     r"|\brdme_[a-z0-9]{32,}"),
    ("ops_eyJ", "A3-", r"\bops_eyJ[\w+/=]{40,}|\bA3-[A-Z0-9]{6}-[A-Z0-9\-]{20,}"),
    ("AGE-SECRET-KEY-", "", r"\bAGE-SECRET-KEY-1?[A-Z0-9]{20,}"),
    ("fig sgp_ pat-", "",
     r"\bfig(?:d|ur?h?)_[\w\-]{24,}|\bsgp_[\w]{24,}|\bpat-(?:na1|eu1|na2)-[a-f0-9\-]{24,}"),
    ("sm_ API- ico- fio-u- pnu_", "tk-us-",
     r"\bsm_(?:aat|pat|sat)_[A-Za-z0-9]{12,}|\bAPI-[A-Z0-9]{26}\b|\bico-[A-Za-z0-9]{32}\b"
     r"|\btk-us-[\w\-]{32,}|\bfio-u-[\w\-=]{32,}|\bpnu_[A-Za-z0-9]{24,}"),
    ("pat", "", r"\bpat[A-Za-z0-9]{14}\.[a-f0-9]{32,}"),  # Airtable
    ("nfp_ vercel_ vck_", "", r"\bnfp_[A-Za-z0-9]{30,}|\bvercel_\w{20,}|\bvck_\w{20,}"),
)  # fmt: skip

_BEGINNING = lazy(r"\b\w{3}")
# One of these is in a mark, so that most marks need not be looked for.
_SIGNS = "-_:./=~"


def in_text(text: str) -> list[re.Pattern[str]]:
    """The forms that ``text`` may have, by the words and marks in it."""
    found: set[int] = set()
    begun = _BEGINNING.findall(text)
    if not _NUMBERS_BY_BEGINNING.keys().isdisjoint(begun):
        for beginning in begun:
            found.update(_NUMBERS_BY_BEGINNING.get(beginning, ()))
    for sign, marks in _MARKS_BY_SIGN.items():
        if sign in text:
            for mark, number in marks:
                if mark in text:
                    found.add(number)
    return [_COMPILED[number] for number in sorted(found)] if found else []


def _by_beginning() -> dict[str, set[int]]:
    numbers: dict[str, set[int]] = {}
    for number, (beginnings, _, _) in enumerate(_FORMS):
        for beginning in beginnings.split():
            numbers.setdefault(beginning[:3], set()).add(number)
    return numbers


def _by_sign() -> dict[str, list[tuple[str, int]]]:
    marks: dict[str, list[tuple[str, int]]] = {}
    for number, (_, anywhere, _) in enumerate(_FORMS):
        for mark in anywhere.split():
            sign = next((sign for sign in _SIGNS if sign in mark), "")
            marks.setdefault(sign, []).append((mark, number))
    return marks


_NUMBERS_BY_BEGINNING = _by_beginning()
_MARKS_BY_SIGN = _by_sign()
_COMPILED = tuple(lazy(expression) for _, _, expression in _FORMS)
