"""The table of faults: complete, and shaped as each dialect's clients read it."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

import synnefod
from synnefod.common import errors
from synnefod.resources import faults
from synnefod.resources.faults import DIALECTS, Asked, fault


def every_refusal() -> Iterator[type[errors.Refusal]]:
    """All subclasses of Refusal in the package, whose modules are all imported first."""
    for module in pkgutil.walk_packages(synnefod.__path__, "synnefod."):
        if module.name.rpartition(".")[2] not in ("tap", "__main__"):
            importlib.import_module(module.name)
    todo: list[type[errors.Refusal]] = [errors.Refusal]
    seen: set[type[errors.Refusal]] = set()
    while todo:
        for kind in todo.pop().__subclasses__():
            if kind not in seen and kind.__module__.startswith("synnefod."):
                seen.add(kind)
                todo.append(kind)
                yield kind


def body_of(error: errors.Refusal, dialect: str) -> dict[str, object]:
    found = json.loads(faults.encoded(fault(error, dialect).body))
    assert isinstance(found, dict)
    return found


class TheTable(SynchronousTestCase):
    def test_every_refusal_has_a_row_in_every_dialect(self) -> None:
        kinds = list(every_refusal())
        self.assertGreater(len(kinds), 20)
        for kind in kinds:
            row = faults.row_of(kind)
            self.assertIsNotNone(row, f"{kind.__module__}.{kind.__name__} has no row")
            assert row is not None
            for dialect in DIALECTS:
                status, name = row.of(dialect)
                self.assertTrue(300 <= status < 600, kind)
                self.assertTrue(name, kind)

    def test_a_stranger_has_no_row(self) -> None:
        class Stranger(errors.Refusal):
            """A refusal that nobody placed."""

        self.assertIsNone(faults.row_of(Stranger))
        self.assertRaises(KeyError, fault, Stranger(), "nova")

    def test_a_registered_row_counts_for_its_class_and_below(self) -> None:
        class Special(errors.Conflict):
            """A special conflict."""

        class MoreSpecial(Special):
            """An even more special one."""

        faults.register(Special, faults.Row(403, "forbidden", "forbidden"))
        self.addCleanup(faults._ROWS.pop, Special)
        self.assertEqual(fault(MoreSpecial(), "nova").status, 403)
        self.assertEqual(fault(errors.Conflict(), "nova").status, 409)


class Shapes(SynchronousTestCase):
    def test_synnefos_envelope_has_one_key(self) -> None:
        """CMP-005, AST-001, NET-007"""
        for dialect in ("astakos", "pithos", "cyclades"):
            self.assertEqual(
                body_of(errors.Forbidden("No.", details="why"), dialect),
                {"forbidden": {"code": 403, "message": "No.", "details": "why"}},
            )

    def test_names_and_statuses_of_synnefos_services(self) -> None:
        """PIT-016"""
        for error, dialect, status, name in (
            (errors.Malformed(), "pithos", 400, "badRequest"),
            (errors.NotFound(), "pithos", 404, "itemNotFound"),
            (errors.NotEmpty(), "pithos", 409, "conflict"),
            (errors.LengthRequired(), "pithos", 411, "lengthRequired"),
            (errors.PreconditionFailed(), "pithos", 412, "preconditionFailed"),
            (errors.OverQuota(), "pithos", 413, "requestEntityTooLarge"),
            (errors.RangeNotSatisfiable(9), "pithos", 416, "rangeNotSatisfiable"),
            (errors.Unprocessable(), "pithos", 422, "unprocessableEntity"),
            (errors.Unavailable(), "pithos", 503, "serviceUnavailable"),
            (errors.OverQuota(), "cyclades", 413, "overLimit"),
            (errors.TooLarge(), "cyclades", 413, "overLimit"),
            (errors.BuildInProgress(), "cyclades", 409, "buildInProgress"),
            (errors.AlreadyExists(), "cyclades", 409, "conflict"),
            (errors.Conflict(), "cyclades", 400, "badRequest"),
            (errors.UnsupportedMedia(), "cyclades", 400, "badRequest"),
            (errors.Unsupported(), "cyclades", 501, "notImplemented"),
            (errors.CorruptData(), "cyclades", 500, "internalServerError"),
            (errors.TooLarge(), "astakos", 413, "requestEntityTooLarge"),
            (errors.UnsupportedMedia(), "astakos", 400, "badRequest"),
            (errors.Conflict(), "astakos", 409, "conflict"),
        ):
            reply = fault(error, dialect)
            self.assertEqual((reply.status, list(body_of(error, dialect))), (status, [name]))

    def test_a_quota_refusal_explains_itself(self) -> None:
        error = errors.OverQuota(
            "Limit reached.", resource="cyclades.vm", holder="user:u", source="project:p",
            requested=1, limit=2, usage=2,
        )  # fmt: skip
        details = body_of(error, "cyclades")["overLimit"]["details"]  # type: ignore[index]
        self.assertEqual(details["provision"]["resource"], "cyclades.vm")
        self.assertEqual((details["limit"], details["usage"]), (2, 2))
        self.assertEqual(
            body_of(error, "nova"),
            {
                "forbidden": {
                    "code": 403,
                    "message": "Quota exceeded for cyclades.vm: Requested 1, "
                    "but already used 2 of 2",
                }
            },
        )
        said = body_of(error, "pithos")["requestEntityTooLarge"]["message"]  # type: ignore[index]
        self.assertEqual(said, "Quota error: Limit reached.")
        self.assertEqual(fault(error, "cinder").status, 413)
        self.assertEqual(fault(error, "glance").status, 413)
        self.assertEqual(fault(error, "neutron").status, 409)

    def test_keystones_errors(self) -> None:
        """AST-214"""
        self.assertEqual(
            body_of(errors.NotFound("No user."), "keystone"),
            {"error": {"code": 404, "title": "Not Found", "message": "No user."}},
        )
        self.assertEqual(fault(errors.Unsupported(), "keystone").content_type, "application/json")

    def test_neutrons_errors(self) -> None:
        """NET-261"""

        class NetworkNotFound(errors.NotFound):
            """The network does not exist."""

        self.assertEqual(
            body_of(NetworkNotFound("Network 7 could not be found."), "neutron"),
            {
                "NeutronError": {
                    "type": "NetworkNotFound",
                    "message": "Network 7 could not be found.",
                    "detail": "",
                }
            },
        )
        quota = body_of(errors.OverQuota("Too much."), "neutron")["NeutronError"]
        self.assertEqual(quota["type"], "OverQuota")  # type: ignore[index]

    def test_wrong_state_is_a_conflict_for_nova(self) -> None:
        """CMP-413"""
        reply = fault(errors.Conflict("Busy."), "nova")
        said = {"conflictingRequest": {"code": 409, "message": "Busy."}}
        self.assertEqual((reply.status, reply.body), (409, said))

    def test_glances_errors_have_a_message(self) -> None:
        self.assertEqual(body_of(errors.NotFound("No image."), "glance")["message"], "No image.")

    def test_swifts_errors_are_short_html_and_escaped(self) -> None:
        reply = fault(errors.NotFound("<b>"), "swift")
        self.assertEqual(reply.content_type, "text/html; charset=UTF-8")
        self.assertEqual(reply.body, "<html><h1>Not Found</h1><p>&lt;b&gt;</p></html>")
        asked = fault(errors.Unauthenticated(), "swift", Asked(realm="AUTH_u"))
        self.assertEqual(asked.headers["WWW-Authenticate"], 'Swift realm="AUTH_u"')

    def test_xml_faults_of_the_account_and_file_apis(self) -> None:
        """AST-006, PIT-016"""
        reply = fault(errors.NotFound("a<b\x00"), "pithos", Asked(xml=True))
        self.assertIn('<itemNotFound code="404"><message>a&lt;b</message>', str(reply.body))
        reply = fault(errors.NotFound("x"), "astakos", Asked(xml=True))
        self.assertIn('xmlns="http://docs.openstack.org/identity/api/v2.0"', str(reply.body))
        self.assertEqual(reply.content_type, "application/xml; charset=UTF-8")
        reply = fault(errors.NotFound("x"), "cyclades", Asked(xml=True))
        self.assertIn("json", str(reply.content_type))

    def test_headers_tell_what_to_do_next(self) -> None:
        for dialect in DIALECTS:
            busy = fault(errors.TooManyRequests("Slow.", retry_after=7), dialect)
            self.assertEqual((busy.status, busy.headers["Retry-After"]), (429, "7"))
            down = fault(errors.Unavailable(), dialect)
            self.assertEqual((down.status, down.headers["Retry-After"]), (503, "5"))
            beyond = fault(errors.RangeNotSatisfiable(9), dialect)
            self.assertEqual(beyond.headers["Content-Range"], "bytes */9")
            same = fault(errors.NotModified(), dialect)
            self.assertEqual((same.status, same.body), (304, None))

    def test_a_message_that_cannot_be_written_is_written_anyway(self) -> None:
        for dialect in DIALECTS:
            reply = fault(errors.NotFound("a\udcffb"), dialect)
            self.assertIn(b"a?b", faults.encoded(reply.body))
