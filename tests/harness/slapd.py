"""A private LDAP directory (Debian's slapd) below a folder, on free ports, with TLS of its own.

`python -m tests.harness.slapd start|stop FOLDER` prints `NAME=value` lines.

People are `uid=...,ou=people,BASE`, each with the password `PASSWORD`; groups lie below
`ou=groups,BASE`. A search before a bind is refused; `cn=reader,BASE` may search.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.harness.postgres import free_port

VARIABLE = "SYNNEFOD_TEST_LDAP"
BASE = "dc=example,dc=org"
READER = f"cn=reader,{BASE}"
PASSWORD = "sécret of the directory"
READY_SECONDS = 60.0

_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
argsfile {folder}/args
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{base}"
directory {folder}/data
rootdn "cn=root,{base}"
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by self read by * none
"""

_PEOPLE = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {PASSWORD}

dn: uid=grace,ou=people,{BASE}
objectClass: inetOrgPerson
uid: grace
cn: Grace Hopper
givenName: Grace
sn: Hopper
mail: Grace@example.org
employeeNumber: 7
userPassword: {PASSWORD}

dn: uid=zoé (x)*,ou=people,{BASE}
objectClass: inetOrgPerson
uid: zoé (x)*
cn: Zoé
givenName: Zoé
sn: Ζωή
mail: zoe@example.org
employeeNumber: 8
userPassword: {PASSWORD}

dn: uid=nomail,ou=people,{BASE}
objectClass: inetOrgPerson
uid: nomail
cn: No Mail
sn: Mail
employeeNumber: 9
userPassword: {PASSWORD}

dn: cn=staff,ou=groups,{BASE}
objectClass: groupOfNames
cn: staff
member: uid=grace,ou=people,{BASE}

dn: cn=navy,ou=groups,{BASE}
objectClass: groupOfNames
cn: navy
member: uid=grace,ou=people,{BASE}
member: uid=zoé (x)*,ou=people,{BASE}
"""


def start(folder: Path) -> dict[str, str]:
    """Makes a directory below `folder`, unless there is one, and starts it; the environment that
    tests read: JSON with plain and TLS ports, and the file of its certificate authority."""
    folder = folder.resolve()
    settings = folder / "settings.json"
    if not settings.exists():
        (folder / "data").mkdir(parents=True, exist_ok=True)
        _certificate(folder)
        (folder / "slapd.conf").write_text(_CONFIG.format(folder=folder, base=BASE, reader=READER))
        _run("slapadd", "-q", "-f", str(folder / "slapd.conf"), text=_PEOPLE)
        ports = {"host": "localhost", "port": free_port(), "tls_port": free_port()}
        settings.write_text(json.dumps({**ports, "ca": str(folder / "server.pem")}))
    told = json.loads(settings.read_text())
    if not _alive(folder):
        urls = f"ldap://127.0.0.1:{told['port']}/ ldaps://127.0.0.1:{told['tls_port']}/"
        _run("slapd", "-f", str(folder / "slapd.conf"), "-h", urls)
        _wait(folder)
    return {VARIABLE: json.dumps(told)}


def stop(folder: Path) -> None:
    """Stops the directory of `folder`; one that does not run is left alone."""
    folder = folder.resolve()
    pid = _alive(folder)
    if not pid:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + READY_SECONDS
    while _alive(folder):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def change(folder: Path, ldif: str) -> None:
    """Changes entries, as the directory's own administrator, while it is stopped."""
    _run("slapmodify", "-q", "-f", str(folder.resolve() / "slapd.conf"), text=ldif)


def _run(program: str, *words: str, text: str = "") -> None:
    done = subprocess.run(
        [f"/usr/sbin/{program}", *words], input=text, capture_output=True, text=True, cwd="/"
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")


def _alive(folder: Path) -> int:
    """The pid of the running server, or 0."""
    try:
        pid = int((folder / "pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return 0
    return pid if str(folder).encode() in command else 0


def _wait(folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _alive(folder):
        if time.monotonic() > deadline:
            raise RuntimeError(f"slapd did not start below {folder}")
        time.sleep(0.02)


def _certificate(folder: Path) -> None:
    """A certificate for localhost that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = folder / "server.key"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


if __name__ == "__main__":
    verb, where = sys.argv[1], Path(sys.argv[2])
    if verb == "start":
        for name, value in start(where).items():
            print(f"{name}={value}")
    else:
        stop(where)
