"""What commands take as a secret is hidden, and no other argument of them."""

import html
import json
import shlex
import subprocess
from typing import Any

import pytest

from errorlog.command_line import CommandLine
from errorlog.invocation import Invocation
from errorlog.patterns import REDACTED, patterns
from errorlog.plain_data import Plain
from errorlog.record import build
from errorlog.redaction import Sanitiser
from errorlog.settings import from_environment
from tests.conftest import some

# {} is the secret. None of them is known by the name of an option alone.
COMMANDS = [
    "echo {} | docker login --password-stdin",
    "echo '{}' | docker login -u ann --password-stdin reg.io",
    "printf %s {} | docker login --password-stdin",
    r"net use \\server\share {} /user:u",
    r"net use Z: \\server\share /user:dom\u {}",
    "mysql -p{} db",
    "mysql -u root -p{}",
    "mysqldump --password={} db",
    "mysqladmin -u root -p{} status",
    "mariadb -p{}",
    "curl -u ann:{} https://x.io",
    "curl -sSu ann:{} https://x.io",
    "curl --user ann:{} https://x.io",
    "curl -uann:{} https://x",
    "sshpass -p {} ssh a@b",
    "sshpass -p{} ssh a@b",
    "psql postgresql://ann:{}@h/db",
    "openssl rsa -passin pass:{} -in k",
    "openssl pkcs12 -export -passout pass:{}",
    "openssl enc -aes-256-cbc -k {}",
    "htpasswd -b f ann {}",
    "htpasswd -bc f ann {}",
    "htpasswd -nb ann {}",
    "az login -u ann -p {}",
    "az login --service-principal -u a -p {} --tenant t",
    "redis-cli -a {} ping",
    "redis-cli -h h --pass {}",
    "mongo -u a -p {} db",
    "mongodump -u a -p {}",
    "mongoimport -p={}",
    "sqlcmd -S s -U sa -P {}",
    "sqlcmd -S s -U sa -P{}",
    "smbclient //s/sh -U ann%{}",
    "smbclient -U 'ann%{}' //s/sh",
    "wget --password={} http://x",
    "wget --http-password {} http://x",
    "git clone https://ann:{}@github.com/a/b",
    "ldapsearch -x -D cn=a -w {} -b dc=x",
    "ldapmodify -w{}",
    "unzip -P {} a.zip",
    "unzip -oP {} a.zip",
    "zip -e -P{} a.zip",
    "7z x -p{} a.7z",
    "7za a -p{} a.7z",
    "gpg --batch --passphrase {} -d f",
    "kubectl create secret generic s --from-literal=k={}",
    "helm repo add r u --username a --password {}",
    "twine upload -u a -p {} dist/*",
    "lftp -u ann,{} sftp://h",
    "ncftp -u a -p {} h",
    "sqlplus ann/{}@db",
    "sqlplus system/{}",
    "impdp ann/{}@orcl",
    "rar x -hp{} a.rar",
    "unrar x -p{} a.rar",
    "pdftk a.pdf input_pw {} output b.pdf",
    "qpdf --encrypt {} {} 256 -- a b",
    "keytool -storepass {} -keystore k",
    "cqlsh -u cassandra -p {}",
    "rabbitmqctl add_user ann {}",
    "mosquitto_pub -u a -P {} -t t",
    "echo {} | sudo -S ls",
    "echo 'ann:{}' | chpasswd",
    "useradd -p {} ann",
    "passwd --stdin ann <<< {}",
    "gem push --key {}",
    "gh auth login --with-token <<< {}",
    "echo {} | gh auth login --with-token",
    "doctl auth init -t {}",
    "oc login -u a -p {}",
    "ipmitool -U a -P {} power",
    "snmpwalk -v2c -c {} h",
    "wpa_passphrase ssid {}",
    "nmcli d wifi connect ssid password {}",
    "kinit ann <<< {}",
    "bcp t out f -U a -P {}",
    "xfreerdp /u:a /p:{} /v:h",
    "rpcclient -U a%{} h",
    r"psexec \\h -u a -p {} cmd",
    "schtasks /create /ru a /rp {}",
    "cmdkey /add:h /user:a /pass:{}",
    "ConvertTo-SecureString '{}' -AsPlainText",
    "ConvertTo-SecureString -String {} -AsPlainText -Force",
    "http -a ann:{} h",
    "ab -A ann:{} h",
    "yt-dlp -u a -p {} u",
    "ssh-keygen -N {} -f k",
    "etcdctl --user root:{} get k",
    "dotnet nuget push x -k {}",
    "poetry publish -u a -p {}",
    "docker login -u a -p={}",
    "swaks -ap {}",
    "mc alias set m http://h ACCESS {}",
    "rclone obscure {}",
    "plink -pw {} a@h",
    "sudo docker login -u a -p {}",
    "ssh host mysql -p{} db",
    "sh -c 'mysql -p{}'",
    "docker exec db mysql -uroot -p{} x",
    "timeout 5 redis-cli -a {}",
    "cd x && sshpass -p {} scp a b:",
    "/usr/bin/mysql -p{}",
    "mysql.exe -p{}",
    "mysql -p'{}' db",
    "curl -u 'ann:{}' h",
    'docker login -u a -p "{}" reg',
    "echo -n {} | docker login --password-stdin",
    r"""printf '%s' "{}" | docker login --password-stdin""",
    "ssh ann:{}@host uptime",
    "scp -P 2222 ann:{}@host:/x .",
    "sftp ann:{}@host",
    "rsync -av dir ann:{}@host:/backup",
    "redis-cli AUTH {}",
    "redis-cli -h cache AUTH ann {}",
    "valkey-cli auth {}",
]
# Where a command is a part of a text, and no list of words.
TEXTS = [
    "+ mysql -p{} db",
    "cmd=mysql -p{}",
    "$(mysql -p{})",
    "mysql \\\n  -u root \\\n  -p{}",
    "docker login \\\n  -u a \\\n  -p {}",
    "DOCKER LOGIN -p {}",
    "echo -n '{}' | base64 | docker login --password-stdin",
    "cat <<EOF | docker login --password-stdin\n{}\nEOF",
    "docker login --password-stdin < <(echo {})",
    'mysql -h"db" -p"{}"',
    "['bash', '-c', 'mysql -p{} db']",
    "[mysql, -p{}]",
    "kubectl exec pod -- mysql -p{}",
    "sudo sh -c 'echo ann:{} | chpasswd'",
    'exec: "curl", "-u", "ann:{}"',
    '["--password","{}"]',
    "`mysql -p{}`",
    "mysql, -u, root, -p{}",
    "argv=mysql,-u,root,-p{},shop",
    "mysql&nbsp;-p{}",
    "mysql&#x20;-p{}&#x20;shop",
]
HARMLESS = [
    "docker login failed: unauthorized",
    "docker login is required before you push to the registry",
    "docker run -p 8080:80 nginx",
    "docker run --rm -p 127.0.0.1:5432:5432 postgres",
    "docker compose -p shop up",
    "docker build -t shop:1.2 -f Dockerfile .",
    "docker pull nginx | tee log",
    "docker ps -a --format json",
    "docker exec -it db mysql -u root -p",
    "mysql -u root -p orders",
    "mysql -h db.example.com -P 3306 -u app orders",
    "mysqldump --single-transaction orders > dump.sql",
    "mysql is not installed - please install it",
    "mkdir -p dir/sub",
    "cp -p a b",
    "cp -rp a b",
    "ssh -p 22 host",
    "ssh -i key.pem -p 2222 ann@host",
    "scp -P 2222 a host:b",
    "tar -P -xf a.tar",
    "ps -p 1",
    "ps aux -p 4711",
    "netstat -p tcp",
    "lsof -p 4711",
    "install -p -m 644 a b",
    "rsync -avp a b",
    "curl -u ann https://x.io",
    "curl -s -o out.json https://x.io",
    "curl -X POST -d @body.json https://x.io",
    "curl --user-agent bot:1.0 https://x.io",
    "curl -U proxy http://x",
    "curl: (6) Could not resolve host: x.io",
    "curl -w %{http_code} https://x.io",
    "openssl x509 -in cert.pem -noout -text",
    "openssl enc -aes-256-cbc -in a -out b",
    "openssl rsa -passin env:PW -in k",
    "openssl rsa -passin file:/run/pw -in k",
    "openssl s_client -connect h:443 -showcerts",
    "htpasswd -c file ann",
    "htpasswd file ann",
    "az login --use-device-code",
    "az login failed - please try again",
    "az group create -n shop -l westeurope",
    "redis-cli -h cache -p 6379 ping",
    "redis-cli -n 3 keys orders",
    "mongo --host db --port 27017 shop",
    "mongodump --db shop --out /tmp/dump",
    "sqlcmd -S server -d shop -Q select",
    "smbclient //server/share -U ann",
    "smbclient -L server -N",
    "wget -q -O out https://x.io",
    "wget --user ann https://x.io",
    "git clone https://github.com/a/b",
    "git clone git@github.com:a/b.git",
    "git push -u origin main",
    'git commit -m "fix login of docker - at last"',
    "vault login failed: permission denied",
    "vault login -method=oidc",
    "vault kv get secret/shop",
    "vault status -format=json",
    "ldapsearch -x -b dc=example,dc=com -s sub",
    "ldapsearch -x -W -D cn=admin",
    "unzip -o a.zip -d out",
    "unzip -l archive.zip",
    "zip -r out.zip dir",
    "zip code -P is wrong",
    "7z x a.7z -oout",
    "7z a out.7z dir",
    "gpg --verify a.sig a",
    "gpg --batch --yes -d a.gpg",
    "kubectl get pods -n shop",
    "kubectl -p 3 apply -f x.yml",
    "kubectl create secret generic shop --from-file=a=b",
    "helm install shop ./chart -f values.yml",
    "helm upgrade --install shop chart -n prod",
    "helm login is not a command - see help",
    "twine upload dist/shop-1.0.tar.gz",
    "twine check dist/*",
    "poetry publish --build",
    "poetry config virtualenvs.create false",
    "npm config set registry https://registry.npmjs.org",
    "npm set-script build tsc",
    "npm run build -- -p tsconfig.json",
    "sftp -P 2222 ann@host",
    "lftp -u ann sftp://host",
    "sqlplus / as sysdba",
    "sqlplus @/opt/scripts/run.sql",
    "rman target /",
    "7za t a.7z",
    "rar a out.rar dir",
    "net use Z: /delete",
    r"net use \\server\share",
    "net use of energy - a report",
    "net user",
    "net income -5% in Q3",
    "the net -p value is 3",
    "useradd -m ann",
    "usermod -aG docker ann",
    "ssh-keygen -t ed25519 -f key",
    "ssh-keygen -N '' -f key",
    r"psexec \\host -u ann cmd",
    "ab -n 100 -c 10 http://x/",
    "ab -p body.json http://x/",
    "http GET x.io/orders -v",
    "http -a ann x.io",
    "the option -p of docker login is deprecated",
    "keytool -list -keystore k.jks",
    "keytool -genkey -alias a",
    "echo done | tee log",
    "echo hello | docker run -i alpine cat",
    "echo hello | mysql -u root shop",
    'echo "select 1" | mysql shop',
    "echo $TOKEN | docker login --password-stdin",
    'echo "$PW" | sudo -S ls',
    'echo "${PW}" | docker login --password-stdin',
    "cat token.txt | docker login --password-stdin",
    "aws ecr get-login-password | docker login --username AWS --password-stdin reg",
    'kinit ann <<< "$PW"',
    "cat <<< hello",
    'wc -l <<< "some words"',
    "rclone copy a b -P",
    "rclone config show",
    "mc alias list",
    "mc cp a b -r",
    "nmcli device status",
    "nmcli con up office",
    "rabbitmqctl list_users",
    "rabbitmqctl add_vhost shop",
    "wpa_passphrase not found",
    "snmpwalk -v2c host",
    "mosquitto_sub -t topic -p 1883",
    "ipmitool -I lanplus -H host power status",
    "bcp shop.dbo.orders out orders.dat -T",
    "etcdctl get key --prefix",
    "gh auth status",
    "gh auth login --web",
    "cargo login failed",
    "cargo build -p shop",
    "cargo test -p shop-core --release",
    "flyctl auth login",
    "gem push shop-1.0.gem",
    "dotnet build -p:Configuration=Release",
    "dotnet nuget push shop.nupkg -s source",
    "dotnet publish -p Configuration=Release",
    "python -m http.server -p 8000",
    "pip install -p x",
    "terraform plan -parallelism=3",
    "java -jar app.jar -p 9090",
    "node server.js -p 3000",
    "systemctl status mysql - failed",
    "failed to start mysql -- see logs",
    "virsh list --all",
    "plink -P 22 host",
    "putty -P 22 host",
    "convertto-securestring failed",
    "ConvertTo-SecureString $pw -AsPlainText",
    "cf push shop -p target/shop.jar",
    "oc apply -f x -p y",
    "az storage list -p 3",
    "docker login ghcr.io -u ann",
    "usage: docker login [-u USER] [-p PASSWORD]",
    "mysql: [Warning] Using a password on the command line interface can be insecure.",
    "user is not logged in | see login page",
    "a | b | login | logout",
    "name | login | created",
    "docker: Error response from daemon: login required - see help",
    "step 3 of 7z extraction - ok",
    "open /p:1 page",
    "http://x/login -> 302",
    "login - failed for ann",
    "login failed; docker -p ignored",
    "az acr login --name shop",
    "podman login --get-login",
    "oc login https://api.x:6443",
    "expdp full=y directory=d",
    "impdp parfile=imp.par",
    "mysqladmin -u root status",
    "mysqladmin ping --silent",
    "doctl auth list -t",
    "schtasks /query /fo list",
    "cmdkey /list",
    "xfreerdp /v:host /u:ann",
    "swaks --to a@b.c --server x",
    "sshpass -e ssh host",
    "sshpass -f file ssh host",
    "yt-dlp -f best https://x",
    'cqlsh -e "describe keyspaces"',
    "pdftk a.pdf cat 1-3 output b.pdf",
    "qpdf --check a.pdf",
    "qpdf --linearize a.pdf b.pdf",
    "ssh ann@host uptime",
    "scp ann@host:/x .",
    "scp host:dir/a@2 .",
    "ssh git@github.com:acme/shop@v2",
    "ssh failed, mail to contact:ops@example.com",
    "rsync -av host::module dir",
    "redis-cli auth command failed",
    "redis-cli AUTH failed on cache-1",
    "mysql,postgres,redis - all down",
    "docker,login,user -a -b",
]
SECRETS = ["Zq9!mine", "sunshine", "4711"]
PIPED = "|<"


def written(event: Any) -> Plain:
    sanitiser = Sanitiser(patterns((), False), 65_536)
    sanitiser.gather(kept=event)
    return sanitiser.plain(event)


def words(command: str) -> list[str] | None:
    """``command`` as a list, where it is one command alone."""
    if any(sign in command for sign in PIPED):
        return None
    try:
        return shlex.split(command.replace("\\", "\\\\"))
    except ValueError:
        return None


def forms(command: str, alone: bool = True) -> dict[str, Any]:
    told = {
        "itself": [{"command": command}],
        "message": f"Command '{command}' returned non-zero exit status 1.",
        "body": json.dumps({"command": command}),
    }
    if not {"&", "%"} & set(command):
        told["page"] = f"<pre>{html.escape(command).replace(' ', '&#32;')}</pre>"
    listed = words(command) if alone else None
    if listed is not None:
        told |= {
            "list": {"cmd": listed},
            "printed list": f"Command '{listed}' timed out after 3 seconds",
            "list in a body": json.dumps({"steps": [{"cmd": listed}]}),
            "list in a text": f"failed: {json.dumps(json.dumps(listed))}",
        }
        if "," not in command:
            told["joined by commas"] = f"Command '{','.join(listed)}' failed"
    return {name: [form] for name, form in told.items()}


@pytest.mark.parametrize("secret", SECRETS)
def test_no_argument_that_is_a_secret_is_left(secret) -> None:
    left = [
        (name, command)
        for command in (*COMMANDS, *TEXTS)
        for name, form in forms(command.replace("{}", secret), command in COMMANDS).items()
        if secret in json.dumps(written(form))
    ]
    assert not left


def test_what_looks_alike_stays() -> None:
    hidden = [
        (name, command)
        for command in HARMLESS
        for name, form in forms(command).items()
        if written(form) != form
    ]
    assert not hidden


@pytest.mark.parametrize(
    "command", ["mysql -p{}", "docker login -u ann -p {}", "htpasswd -b f a {}"]
)
@pytest.mark.parametrize("kind", ["returned", "timed out"])
def test_nor_is_it_left_in_what_subprocess_raises(command, kind) -> None:
    secret = "sun" + "shine"  # no word of this program's own
    listed = command.replace("{}", secret).split()
    error: Exception = (
        subprocess.CalledProcessError(1, listed, output=b"x")
        if kind == "returned"
        else subprocess.TimeoutExpired(listed, 3)
    )
    record = build(error, Invocation({"n": 1}), from_environment(), extra={"cmd": listed})
    assert secret not in json.dumps(record)
    assert REDACTED in str(record["errorMessage"])


def test_the_rest_of_the_command_is_as_it_was() -> None:
    told = "Command '['docker', 'login', '-u', 'ann', '-p', 'sunshine', 'r.io']' returned 1"
    assert written([told]) == [told.replace("sunshine", REDACTED)]
    assert written([["mysql", "-uann", "-psunshine", "shop"]]) == [
        ["mysql", "-uann", f"-p{REDACTED}", "shop"]
    ]


def test_a_command_ends_where_another_begins() -> None:
    for command in ("docker login | mkdir -p dir", "docker login; mkdir -p dir",
                    "docker login\nmkdir -p dir", "docker login > out -p dir"):  # fmt: skip
        assert written([command]) == [command]


@pytest.mark.parametrize("repeated", ["mysql -p", "docker login -p '", "net use ", "a | echo b ",
                                      "echo 'x' | ", "<<< ' ", "sudo -S ", "-p 'a "])  # fmt: skip
def test_a_long_text_takes_work_in_proportion(repeated, monkeypatch) -> None:
    read: list[int] = []
    word = CommandLine.word
    monkeypatch.setattr(
        CommandLine, "word", lambda line, text: read.append(len(text)) or word(line, text)
    )

    def work(times: int) -> int:
        read.clear()
        patterns((), False).text("docker login " + repeated * times)
        return sum(read) + len(read)

    assert work(4_000) <= 5 * work(1_000) + 100


def test_what_is_hidden_once_stays_as_it_is() -> None:
    changed = [
        (name, command)
        for command in some(COMMANDS, 2)
        for name, form in forms(command.replace("{}", SECRETS[1])).items()
        if written(written(form)) != written(form)
    ]
    assert not changed


@pytest.mark.parametrize("command", ["zip -P x", "7z x -px", "mysql -px"])
def test_the_shortest_command_is_read_as_well(command) -> None:
    assert written([command]) == [f"{command[:-1]}{REDACTED}"]


@pytest.mark.parametrize("record_event", [True, False])
def test_an_argument_is_hidden_wherever_else_it_stands(record_event) -> None:
    secret = "Zq9mine" + "77x"
    event = {"cmd": ["mysql", f"-p{secret}"], "note": f"uses {secret}"}
    record = build(
        ValueError(f"{secret} was refused"), Invocation(event, None, record_event),
        from_environment(),
    )  # fmt: skip
    assert secret not in json.dumps(record)


@pytest.mark.parametrize(
    ("event", "clean"),
    [
        ({"command": "mysql", "args": ["-u", "a", "-psunshine"]},
         {"command": "mysql", "args": ["-u", "a", f"-p{REDACTED}"]}),
        ({"command": ["/usr/bin/mysql"], "args": ["-psunshine"]},
         {"command": ["/usr/bin/mysql"], "args": [f"-p{REDACTED}"]}),
        ({"entryPoint": ["docker"], "command": ["login", "-p", "sunshine"]},
         {"entryPoint": ["docker"], "command": ["login", "-p", REDACTED]}),
        ({"Command": "mysql", "Arguments": "-psunshine db"},
         {"Command": "mysql", "Arguments": f"-p{REDACTED} db"}),
        ({"command": "docker run", "args": ["-p", "8080:80"]}, None),
        ({"command": "deploy", "args": ["-p", "sunshine"], "cmd": 1}, None),
        ({"command": None, "args": None, "argv": [1, None, ["x"]]}, None),
    ],
)  # fmt: skip
def test_arguments_beside_their_program(event, clean) -> None:
    assert written(event) == (clean or event)
    assert written([{"spec": event}]) == [{"spec": clean or event}]
    assert "sunshine" not in json.dumps(written(json.dumps(event))) or clean is None
