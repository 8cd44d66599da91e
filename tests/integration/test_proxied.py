"""A daemon that speaks TLS itself behind a balancer which only passes connections on."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon, eventually, free_port
from tests.integration.test_running import certify

BALANCER = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend cloud
    bind 127.0.0.1:{port}
    default_backend daemons
backend daemons
    option httpchk GET /readyz
    server a 127.0.0.1:{tls} send-proxy-v2 check check-ssl verify none check-send-proxy inter 300ms
"""
CLIENT = "127.0.0.3"


class Proxied(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-proxied-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        certificate, key = certify(self.folder, "cloud.example.org")
        self.tls, self.port = free_port(), free_port()
        server = {"trusted_proxies": ["127.0.0.1/32"], "proxy_protocol": True}
        self.daemon = Daemon(
            self.folder / "daemon",
            {
                "bootstrap": {"enabled": False},
                "server": server,
                "tls": {"certificate": str(certificate), "key": str(key), "port": self.tls},
            },
        )
        self.addCleanup(self.daemon.stop)

    def ask(self, port: int, source: str) -> int:
        """The status of an answer over TLS; 0 when there is none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=30, context=context, source_address=(source, 0)
        )
        try:
            line.request("GET", "/astakos/identity/v3", headers={"X-Forwarded-For": "6.6.6.6"})
            return line.getresponse().status
        except OSError:
            return 0
        finally:
            line.close()

    def test_the_client_s_address_comes_through_a_balancer_that_reads_nothing(self) -> None:
        """haproxy in the mode tcp announces each client before TLS (PROXY, version 2), and its own
        probes; the log has the client's address. Who comes past it is himself (OPS-157)."""
        settings = self.folder / "haproxy.cfg"
        settings.write_text(BALANCER.format(port=self.port, tls=self.tls), "utf-8")
        log = (self.folder / "haproxy.log").open("ab")
        self.addCleanup(log.close)
        running = subprocess.Popen(["haproxy", "-db", "-f", settings], stdout=log, stderr=log)
        self.addCleanup(running.wait)
        self.addCleanup(running.terminate)
        # The harness asks from 127.0.0.1, which has to announce; the balancer's probe does.
        self.daemon.launch()
        eventually("it answers", lambda: self.ask(self.port, CLIENT) == 200, within=90)
        self.assertIn(f'"peer":"{CLIENT}"', self.daemon.log.read_text().replace('": "', '":"'))
        self.assertEqual(self.ask(self.tls, "127.0.0.4"), 200)
        text = self.daemon.log.read_text().replace('": "', '":"')
        self.assertIn('"peer":"127.0.0.4"', text)
        self.assertNotIn("6.6.6.6", text)
        self.assertEqual(self.ask(self.tls, "127.0.0.1"), 0)
