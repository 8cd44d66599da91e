"""The RAPI client: bounds, retries, failures, certificates, secrets."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import reactor, ssl
from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.client import ResponseNeverReceived
from twisted.web.resource import Resource
from twisted.web.server import Site

from synnefod.common.clockwork import sleep
from synnefod.common.outside import OutsideInsideTransaction, transaction_open
from synnefod.protocols.http.tls import BadVerification, policy
from synnefod.protocols.rapi import errors
from synnefod.protocols.rapi.client import Credentials, Limits, Rapi, http_client
from synnefod.protocols.rapi.jobs import Outcome, job_number, outcome, reasons, when


class Answer:
    def __init__(self, code: int, raw: bytes) -> None:
        self.code = code
        self.raw = raw

    def content(self) -> Deferred[bytes]:
        return succeed(self.raw)


class Wire:
    """Answers requests from a list, or by hand."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.open: list[Deferred[Any]] = []

    def request(self, method: str, url: str, **arguments: Any) -> Deferred[Any]:
        self.asked.append((method, url, arguments))
        deferred: Deferred[Any] = Deferred()
        if self.answers:
            answer = self.answers.pop(0)
            (deferred.errback if isinstance(answer, Exception) else deferred.callback)(answer)
        else:
            self.open.append(deferred)
        return deferred


class Asking(SynchronousTestCase):
    def rapi(self, *answers: Any, **limits: Any) -> Rapi:
        self.clock = Clock()
        self.wire = Wire(*answers)
        account = Credentials("user", "hush-hush")
        return Rapi(self.clock, self.wire, "https://h:5080/", account, Limits(**limits))

    def pump(self, work: Any) -> Deferred[Any]:
        deferred = ensureDeferred(work)
        for _ in range(100):
            self.clock.advance(0.1)
        return deferred

    def test_a_reading_is_tried_again_and_a_submission_is_not(self) -> None:
        """Connection failures, lost answers, 502, 503, 504: a GET is repeated, a POST goes once.

        GNT-020
        """
        for trouble in (
            ConnectionRefusedError(),
            ResponseNeverReceived([Failure(OSError("reset"))]),
            Answer(502, b"{}"),
            Answer(503, b"{}"),
            Answer(504, b"{}"),
        ):
            rapi = self.rapi(trouble, Answer(200, b"[1]"))
            self.assertEqual(self.successResultOf(self.pump(rapi.get("/2/x"))), [1])
            self.assertEqual(len(self.wire.asked), 2)
            rapi = self.rapi(trouble, Answer(200, b"7"))
            work = rapi.submit("POST", "/2/x", reason="r", body={})
            self.failureResultOf(self.pump(work), errors.RapiError)
            self.assertEqual(len(self.wire.asked), 1)

    def test_a_reading_is_given_up_after_some_tries(self) -> None:
        rapi = self.rapi(*[Answer(503, b"{}")] * 5, tries=3)
        self.failureResultOf(self.pump(rapi.get("/2/x")), errors.RapiBusy)
        self.assertEqual(len(self.wire.asked), 3)

    def test_refusals_are_not_tried_again(self) -> None:
        """400, 401, 403, 404, 500 are answers; text is freed of escapes. GNT-011"""
        for code, kind in (
            (400, errors.RapiRejected),
            (401, errors.RapiDenied),
            (403, errors.RapiDenied),
            (404, errors.RapiMissing),
            (500, errors.RapiFault),
        ):
            raw = b'{"code": 1, "message": "It&#x27;s so", "explain": "Why"}'
            rapi = self.rapi(Answer(code, raw))
            failure = self.failureResultOf(self.pump(rapi.get("/2/x")), kind)
            self.assertEqual(str(failure.value), f"{code} It's so: Why")
            self.assertEqual(len(self.wire.asked), 1)

    def test_answers_that_are_no_json_are_errors_with_their_code(self) -> None:
        """HTML, nothing, and text where a job number belongs never crash. ganeti.md 22"""
        for answer, status in (
            (Answer(502, b"<html>Bad gateway</html>"), 502),
            (Answer(200, b""), 200),
            (Answer(200, b"\xff\xfe"), 200),
            (Answer(404, b"[1]"), 404),
        ):
            rapi = self.rapi(answer, tries=1)
            failure = self.failureResultOf(self.pump(rapi.get("/2/x")), errors.RapiError)
            self.assertEqual(failure.value.status, status)
        for raw in (b'"abc"', b"null", b"[false, 3]", b"true", b"-1"):
            rapi = self.rapi(Answer(200, raw))
            work = rapi.submit("PUT", "/2/x", reason="r")
            self.failureResultOf(self.pump(work), errors.RapiFault)

    def test_a_silent_cluster_is_given_up(self) -> None:
        """The total time bounds a request; it may have been carried out. GNT-014"""
        rapi = self.rapi(total=5.0)
        deferred = ensureDeferred(rapi.submit("POST", "/2/x", reason="r", body={}))
        self.clock.advance(4.9)
        self.assertNoResult(deferred)
        self.clock.advance(0.2)
        self.failureResultOf(deferred, errors.RapiLost)

    def test_no_connection_and_a_lost_answer_are_told_apart(self) -> None:
        """Only the second leaves open whether a submission was carried out. GNT-024"""
        rapi = self.rapi(ConnectionRefusedError())
        work = rapi.submit("POST", "/2/x", reason="r")
        self.failureResultOf(self.pump(work), errors.RapiUnreachable)
        rapi = self.rapi(ResponseNeverReceived([Failure(OSError("reset"))]))
        work = rapi.submit("POST", "/2/x", reason="r")
        self.failureResultOf(self.pump(work), errors.RapiLost)

    def test_at_most_so_many_are_asked_at_once(self) -> None:
        """More callers queue, and their time runs from their turn. GNT-015"""
        rapi = self.rapi(concurrency=2)
        work = [ensureDeferred(rapi.get(f"/2/{n}")) for n in range(5)]
        self.assertEqual(len(self.wire.asked), 2)
        self.wire.open[0].callback(Answer(200, b"0"))
        self.assertEqual(len(self.wire.asked), 3)
        self.assertEqual(self.successResultOf(work[0]), 0)
        for number in range(1, 5):
            self.wire.open[number].callback(Answer(200, b"1"))
        self.assertEqual([self.successResultOf(each) for each in work[1:]], [1] * 4)

    def test_a_cancelled_caller_gives_up_its_place(self) -> None:
        rapi = self.rapi(concurrency=1)
        first = ensureDeferred(rapi.get("/2/a"))
        second = ensureDeferred(rapi.get("/2/b"))
        first.addErrback(lambda _: None)
        first.cancel()
        self.assertEqual(len(self.wire.asked), 2)
        self.wire.open[1].callback(Answer(200, b"2"))
        self.assertEqual(self.successResultOf(second), 2)

    def test_lists_repeat_their_key_and_bodies_have_their_type(self) -> None:
        """`tag=a&tag=b`; dry-run is 1 or absent; a type only with a body. GNT-010, GNT-012,
        GNT-022"""
        rapi = self.rapi(Answer(200, b"1"), Answer(200, b"2"))
        tags = [("tag", "a"), ("tag", "b c")]
        self.pump(rapi.submit("PUT", "/2/t", reason="r/1", query=tags, dry_run=True))
        _method, url, arguments = self.wire.asked[0]
        self.assertEqual(url, "https://h:5080/2/t?tag=a&tag=b+c&reason=r%2F1&dry-run=1")
        self.assertNotIn("Content-Type", arguments["headers"])
        self.pump(rapi.submit("PUT", "/2/t", reason="r", body={}))
        _method, url, arguments = self.wire.asked[1]
        self.assertEqual(url, "https://h:5080/2/t?reason=r")
        self.assertEqual(arguments["headers"]["Content-Type"], "application/json")

    def test_nothing_is_asked_inside_a_transaction(self) -> None:
        rapi = self.rapi()
        with transaction_open("t"):
            work = ensureDeferred(rapi.get("/2/x"))
        self.failureResultOf(work, OutsideInsideTransaction)
        self.assertEqual(self.wire.asked, [])

    def test_the_password_is_never_told(self) -> None:
        """Not in logs, messages or representations, whatever goes wrong. GNT-023"""
        told: list[str] = []
        observer = lambda event: told.append(repr(event))  # noqa: E731
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        for answer in (ConnectionRefusedError(), Answer(503, b"{}"), Answer(401, b"{}")):
            rapi = self.rapi(answer, answer, answer)
            failure = self.failureResultOf(self.pump(rapi.get("/2/x")), errors.RapiError)
            told.append(failure.getTraceback() + repr(failure.value) + repr(rapi))
        told.append(repr(Credentials("user", "hush-hush")))
        self.assertNotIn("hush-hush", "".join(told))
        self.assertIn("tried again", "".join(told))


class Reading(SynchronousTestCase):
    def test_job_numbers_are_read_from_numbers_and_text(self) -> None:
        """GNT-021"""
        self.assertEqual([job_number(5), job_number(str(2**62))], [5, 2**62])

    def test_outcomes_are_read_in_all_their_forms(self) -> None:
        """A class with a code, one without, plain text after a death, and nonsense."""
        coded = ["OpPrereqError", ["gone", "unknown_entity"]]
        self.assertEqual(outcome(coded), Outcome("OpPrereqError", "gone", "unknown_entity"))
        self.assertEqual(outcome(["OpExecError", ["broke"]]), Outcome("OpExecError", "broke"))
        self.assertEqual(outcome("detected death of job 27").message, "detected death of job 27")
        self.assertEqual(outcome(None), Outcome("", ""))
        self.assertEqual(outcome(["X", []]), Outcome("X", ""))

    def test_times_and_reasons(self) -> None:
        self.assertEqual(when([3, 17]), 3_000_017)
        self.assertIsNone(when(None))
        self.assertIsNone(when(["a", 1]))
        trail = [["gnt:user", "synnefod:1", 9], ["gnt:opcode:x", "job=1", 9], "bad"]
        self.assertEqual(reasons({"reason": trail}), ["synnefod:1"])


class Json(Resource):
    isLeaf = True  # noqa: N815

    def render_GET(self, request: Any) -> bytes:
        return b'{"name": "tls"}'


class Certificates(TestCase):
    """GNT-013 over real TLS on the loopback."""

    def setUp(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        pem = made.public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.print = made.fingerprint(hashes.SHA256())
        self.authority = Path(self.mktemp())
        self.authority.write_bytes(pem)
        options = ssl.PrivateCertificate.loadPEM(pem + secret).options()
        self.port = reactor.listenSSL(0, Site(Json()), options, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(self.port.stopListening)

    async def ask(self, verify: str, host: str = "localhost") -> Any:
        url = f"https://{host}:{self.port.getHost().port}"
        http = http_client(reactor, verify)
        rapi = Rapi(reactor, http, url, Credentials("u", "p"), Limits(tries=1))  # type: ignore[arg-type]
        try:
            return await rapi.get("/2/info")
        finally:
            await sleep(reactor, 0.05)  # type: ignore[arg-type]

    async def test_off_takes_any(self) -> None:
        """Checking is what the backend's own setting says (GNT-013)."""
        self.assertEqual(await self.ask("off"), {"name": "tls"})

    async def test_the_pinned_one_is_taken_and_another_is_not(self) -> None:
        """By SHA-256, with or without colons, whatever the host is called (GNT-013)."""
        for pin in (self.print.hex(), self.print.hex(":").upper()):
            self.assertEqual(await self.ask("sha256:" + pin, "127.0.0.1"), {"name": "tls"})
        await self.refused("sha256:" + bytes(32).hex())

    async def test_an_authority_vouches_for_a_name(self) -> None:
        """A CA file is checked together with the host's name (GNT-013)."""
        self.assertEqual(await self.ask(str(self.authority)), {"name": "tls"})
        await self.refused(str(self.authority), "127.0.0.1")

    async def refused(self, verify: str, host: str = "localhost") -> None:
        try:
            await self.ask(verify, host)
        except errors.RapiUnreachable as error:
            self.assertIn("TLS", error.message)
        else:
            self.fail("a certificate that was not asked for is taken")

    def test_unusable_settings_are_named(self) -> None:
        """Neither a pin nor a file with a certificate."""
        empty = Path(self.mktemp())
        empty.write_text("no certificate")
        for bad in ("sha256:12", "/nowhere/ca.pem", str(empty)):
            self.assertRaises(BadVerification, policy, bad)
