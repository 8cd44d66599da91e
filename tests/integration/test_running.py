"""A daemon under a supervisor: readiness, inherited sockets, TLS, reload, leaving."""

from __future__ import annotations

import datetime
import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT, Daemon, eventually, free_port

UNITS = ROOT / "etc" / "systemd"


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key, written over those that stood there."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - datetime.timedelta(days=1))
    built = built.not_valid_after(now + datetime.timedelta(days=30))
    pem = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(pem)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


def shown_name(port: int, version: ssl.TLSVersion | None = None) -> str:
    """The common name that the server on `port` shows to a new connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version is not None:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", port), 10) as raw,
        context.wrap_socket(raw) as wrapped,
    ):
        der = wrapped.getpeercert(binary_form=True)
    assert der is not None
    found = x509.load_der_x509_certificate(der).subject
    return str(found.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


class Supervised(SynchronousTestCase):
    def setUp(self) -> None:
        # A Unix socket's path is short.
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-running-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def daemon(self, **settings: dict[str, Any]) -> Daemon:
        made = Daemon(self.folder, {"bootstrap": {"enabled": False}, **settings})
        self.addCleanup(made.stop)
        return made

    def test_the_supervisor_hears_ready_reloading_and_stopping_in_order(self) -> None:
        """OPS-144, OPS-146"""
        daemon = self.daemon()
        ears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(ears.close)
        ears.settimeout(60)
        name = f"\0synnefod-test-{free_port()}"
        ears.bind(name)
        daemon.environment = {"NOTIFY_SOCKET": "@" + name[1:], "WATCHDOG_USEC": "2000000"}
        daemon.start()

        def until(field: str) -> list[str]:
            seen: list[str] = []
            while not any(text.startswith(field) for text in seen):
                seen += ears.recv(4096).decode().splitlines()
            return seen

        self.assertTrue(any(text.startswith("STATUS=") for text in until("READY=1")))
        until("WATCHDOG=1")
        self.signal(daemon, signal.SIGHUP)
        until("RELOADING=1")
        until("READY=1")
        self.assertEqual(daemon.stop(), 0)
        until("STOPPING=1")

    def signal(self, daemon: Daemon, number: int) -> None:
        subprocess.run(["kill", f"-{number}", str(daemon.pid)], check=True)

    def test_no_connection_is_lost_while_a_daemon_with_an_inherited_socket_restarts(self) -> None:
        """OPS-145, OPS-146"""
        daemon = self.daemon()
        listening = socket.create_server(("127.0.0.1", daemon.port), backlog=1024)
        self.addCleanup(listening.close)
        daemon.listening = listening
        daemon.start()
        stop = threading.Event()
        answers: list[int | str] = []

        def ask() -> None:
            while not stop.is_set():
                line = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
                try:
                    line.request("GET", "/astakos/identity/v3")
                    answers.append(line.getresponse().status)
                except OSError as error:
                    answers.append(repr(error))
                finally:
                    line.close()

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        for _ in range(2):
            before = len(answers)
            eventually("answers", lambda before=before: len(answers) > before + 20)
            self.assertEqual(daemon.stop(), 0)
            daemon.start()
        stop.set()
        for asker in askers:
            asker.join()
        self.assertEqual(set(answers), {200})

    def test_certificates_change_without_a_restart_and_plain_http_leads_to_tls(self) -> None:
        """OPS-156, OPS-147"""
        certificate, key = certify(self.folder, "first.example.org")
        port = free_port()
        daemon = self.daemon(
            tls={"certificate": str(certificate), "key": str(key), "port": port},
        )
        daemon.start()
        self.assertEqual(shown_name(port), "first.example.org")
        with self.assertRaises((ssl.SSLError, OSError)):
            shown_name(port, ssl.TLSVersion.TLSv1_1)
        plain = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=30)
        plain.request("GET", "/astakos/identity/v3?x=1")
        answer = plain.getresponse()
        wanted = f"https://127.0.0.1:{port}/astakos/identity/v3?x=1"
        self.assertEqual((answer.status, answer.getheader("Location")), (308, wanted))

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
        line.request("GET", "/astakos/identity/v3")
        links = json.loads(line.getresponse().read())["version"]["links"]
        self.assertTrue(links[0]["href"].startswith(f"https://127.0.0.1:{port}/"), links)

        certify(self.folder, "second.example.org")
        self.signal(daemon, signal.SIGHUP)
        eventually("the new certificate", lambda: shown_name(port) == "second.example.org")
        line.request("GET", "/astakos/identity/v3")
        self.assertEqual(line.getresponse().status, 200)

        certificate.write_text("no certificate")
        told = daemon.run("sh", "-c", self._reload_command(daemon), check=False)
        self.assertIn("do not fit", told)
        self.assertEqual(shown_name(port), "second.example.org")

    def _reload_command(self, daemon: Daemon) -> str:
        (daemon.state / "demo.env").touch()
        path = daemon.state / "manage.sock"
        return f"{sys.executable} -m synnefod.admin.main --socket {path} reload"

    def test_a_reload_takes_what_it_can_and_names_what_waits(self) -> None:
        """OPS-147"""
        daemon = self.daemon()
        daemon.start()
        (daemon.state / "demo.env").touch()
        text = daemon.file.read_text()
        daemon.file.write_text(text + '[log]\nlevel = "warn"\n[storage]\nversioning = "none"\n')
        answer = daemon.manage("reload")
        self.assertEqual(
            (answer["taken"], answer["need_restart"]), ("log.level", "storage.versioning")
        )
        daemon.file.write_text(text + "[log]\nlevle = 1\n")
        told = daemon.run("sh", "-c", self._reload_command(daemon), check=False)
        self.assertIn("levle", told)


class Units(SynchronousTestCase):
    def test_systemd_finds_no_fault_in_the_units_and_little_exposure(self) -> None:
        """OPS-144, OPS-145"""
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        for unit in UNITS.iterdir():
            text = unit.read_text().replace("Documentation=man:synnefod(8)\n", "")
            for program in ("/usr/bin/synnefod", "/usr/bin/synnefo-manage"):
                text = text.replace(program, "/bin/true")
            (folder / unit.name).write_text(text)
        sockets = sorted(str(unit) for unit in folder.glob("*.socket"))
        units = [*sockets, str(folder / "synnefod.service")]
        verify = subprocess.run(
            ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
        )
        self.assertEqual((verify.returncode, verify.stderr), (0, ""))
        self.little_exposed(units[-1], 15)
        own = folder / "synnefod.service.d"
        own.mkdir()
        shutil.copy(UNITS / "eventd.conf", own)
        self.little_exposed(units[-1], 20)

    def little_exposed(self, unit: str, tenths: int) -> None:
        exposure = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", f"--threshold={tenths}", unit],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(exposure.returncode, 0, exposure.stdout[-400:])
