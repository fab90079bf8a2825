"""Programs that take a secret as an argument: which of their arguments it is.

``mysql -px``, ``docker login -p x``, ``curl -u ann:x``, ``htpasswd -b file ann x``. Options whose
names say so themselves, as ``--password`` does, are in :mod:`errorlog.assignments`; here are those
that say it to who knows the program only.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache

_MAX_PROGRAM = 400

# ``values``: options whose value it is, as a word of its own, after = or right behind a letter;
# with * also behind other letters, as unzip's -oP is. ``attached``: those that have it right behind
# them, or none. ``pairs``: whose value is a user's name, the last character of the entry, and it.
# ``begun``: what a word begins with, before it. ``places``: name, number, whether it has to look
# made: the so manieth word without an option after the one of that name is it; of the name / the
# first that has one in it, as ann/x@db. ``signs_on``: words that name a host have it between a user
# and it, as ann:x@db. All of it only after the word that the program ``needs``.
Program = namedtuple("Program", "needs values attached pairs begun places signs_on")


def _program(
    needs: str = "", values: str = "", attached: str = "", pairs: str = "", begun: str = "",
    places: str = "", signs_on: bool = False,
) -> Program:  # fmt: skip
    return Program(
        needs,
        frozenset(values.split()),
        tuple(attached.split()),
        {pair[:-1]: pair[-1] for pair in pairs.split()},
        tuple(begun.split()),
        tuple(_place(place) for place in places.split()),
        signs_on,
    )


def _place(text: str) -> tuple[str, int, bool]:
    name, _, number = text.rpartition(":")
    return name, int(number.rstrip("?")), number.endswith("?")


@cache
def _programs() -> dict[str, tuple[Program, ...]]:
    """By name."""
    mysql = "mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlbinlog mysqlslap"
    maria = "mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-binlog mycli"
    rules: tuple[tuple[str, Program], ...] = (
        (
            "docker podman nerdctl buildah skopeo helm oras crane regctl az oc cf ibmcloud argocd "
            "snyk bluemix kubelogin",
            _program("login", "-p"),
        ),
        (f"{mysql} {maria}", _program(attached="-p")),
        ("mysqladmin mariadb-admin", _program(values="password")),
        ("7z 7za 7zr 7zz", _program(attached="-p")),
        ("rar unrar", _program(attached="-hp -p")),
        ("zip unzip zipcloak", _program(values="-*P")),
        ("pdftk", _program(values="input_pw owner_pw user_pw")),
        ("qpdf", _program("--encrypt", places="--encrypt:1 --encrypt:2")),
        ("curl", _program(pairs="-*u: --user: -*U: --proxy-user:", values="--pass --proxy-pass")),
        ("http https xh xhs", _program(pairs="-a: --auth:")),
        ("ab", _program(pairs="-A: -P:")),
        ("wget wget2", _program(values="--http-passwd --ftp-password --proxy-passwd")),
        ("etcdctl", _program(pairs="--user:")),
        ("lftp", _program(pairs="-u, --user,")),
        (
            "smbclient rpcclient winexe smbcacls smbget smbtree net wmic smbcquotas",
            _program(pairs="-U% --user%"),
        ),
        ("net", _program("use", places="\\\\:1")),
        ("net", _program("user", places="user:2?")),
        ("cmdkey wmic", _program(begun="/pass: /password:")),
        ("schtasks", _program(values="/rp")),
        ("xfreerdp wfreerdp", _program(begun="/p: /gp:")),
        ("sshpass", _program(values="-p")),
        ("plink pscp psftp putty", _program(values="-pw")),
        ("ssh-keygen", _program(values="-N -P")),
        ("rdesktop psexec psexec64 mongo mongosh mongodump mongorestore mongoimport mongoexport "
         "mongostat mongotop bsondump cqlsh snowsql ncftp ncftpput ncftpget youtube-dl yt-dlp "
         "twine rabbitmqadmin useradd usermod arangosh influxd jfrog nexus3 virsh pgadmin",
         _program(values="-p")),
        ("poetry", _program("publish", "-p")),
        ("poetry", _program("config", places="config:3?")),
        ("sqlcmd osql bcp isql bsqldb tsql fisql ipmitool mosquitto_pub mosquitto_sub "
         "mosquitto_rr", _program(values="-P")),
        ("mosquitto_passwd", _program("-b", places="-b:3")),
        ("htpasswd", _program("-b", places="-b:3")),
        ("htpasswd", _program("-n", places="-n:2")),
        ("htdigest wpa_passphrase", _program(places=":2")),
        ("ssh scp sftp rsync sshfs autossh ssh-copy-id mosh pscp psftp plink ftp lftp mysqlsh",
         _program(signs_on=True)),
        ("redis-cli valkey-cli keydb-cli", _program(values="-a --pass", places="auth:1 auth:2")),
        ("ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldapcompare ldapmodrdn",
         _program(values="-w")),
        ("ldappasswd", _program(values="-w -s -a")),
        ("openssl", _program(begun="pass:", values="-k -K")),
        ("gpg gpg2", _program(values="--passphrase")),
        ("keytool jarsigner apksigner",
         _program(values="-storepass -keypass -srcstorepass -deststorepass -srckeypass "
                         "-destkeypass -new")),
        ("snmpget snmpwalk snmpbulkwalk snmpset snmptrap snmpstatus snmpgetnext snmpbulkget",
         _program(values="-A -X -c")),
        ("rabbitmqctl", _program(places="add_user:2 change_password:2 authenticate_user:2")),
        ("vault", _program("login", places="login:1?")),
        ("cargo flyctl fly gh", _program("login", places="login:1?")),
        ("flyctl fly heroku", _program("auth", places="token:1? auth:token:1?")),
        ("gh", _program("secret", "--body -b")),
        ("aws", _program("put-parameter", "--value")),
        ("doctl", _program("auth", "-t --access-token")),
        ("gem", _program("push", "--key -k")),
        ("dotnet nuget", _program("push", "-k -ApiKey")),
        ("npm yarn pnpm", _program("set", places="set:2?")),
        ("sqlplus sqlplus64 sqlldr expdp impdp rman sqlcl",
         _program(places="/:1")),
        ("mc", _program("alias", places="set:4")),
        ("rclone", _program("obscure", places="obscure:1")),
        ("rclone", _program("config", "pass password")),
        ("nmcli", _program(values="password wifi-sec.psk 802-11-wireless-security.psk")),
        ("swaks", _program(values="-ap")),
        ("kubectl oc", _program("secret", begun="--from-literal=")),
        ("convertto-securestring", _program(values="-String", places=":1")),
    )  # fmt: skip
    found: dict[str, tuple[Program, ...]] = {}
    for names, program in rules:
        for name in names.split():
            found[name] = (*found.get(name, ()), program)
    return found


def programs_of(word: str) -> tuple[Program, ...]:
    """What is known of the program that ``word`` names; nothing where it names none."""
    if len(word) > _MAX_PROGRAM:
        return ()
    name = word.replace("\\", "/").replace("=", "/").rpartition("/")[2].lower().removesuffix(".exe")
    return _programs().get(name, ())


def names() -> frozenset[str]:
    """Of all programs, in lower case."""
    return frozenset(_programs())
