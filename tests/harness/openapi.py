"""Asks a daemon what its OpenAPI documents say may be asked, and judges what it answers.

The questions and the judging are schemathesis': for each call some that the document allows and
some that it does not. Every second question names things that the daemon really has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from requests import Session
from requests.exceptions import RequestException
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import Failure, FailureGroup

from tests.harness.siege import EXCUSED, Besieged

CONFORMS = [content_type_conformance, response_schema_conformance]
ORDER = {"get": 0, "head": 0, "post": 1, "put": 2, "patch": 2, "delete": 3}
"""Reads go first, so that what they find can be named; removals go last."""
STREAMS = frozenset({"/events"})
"""Paths whose answers have no end."""
FOR_ADMINISTRATORS = "/admin"


@schemathesis.serializer("application/openstack-images-v2.1-json-patch")  # type: ignore[misc]
def _as_json(_context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


class Examiner:
    """`wrongs`: what was wrong at which call, with the first answer that shows it.

    `kind`: which questions; the same ones whenever the number is the same.
    """

    def __init__(self, siege: Besieged, examples: int, kind: int = 0) -> None:
        self.siege = siege
        self.examples = examples
        self.kind = kind
        self.wrongs: dict[str, str] = {}
        self.statuses: Counter[int] = Counter()
        self.asked: Counter[str] = Counter()
        """Questions by mount."""
        self._session = Session()
        self._session.trust_env = False
        self._tokens = {False: siege.token, True: siege.admin_token}
        self._known: dict[str, list[str]] = {}
        self._turn = 0

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The mounts and their documents, as the index names them."""
        for each in self._get("/openapi.json")["x-documents"]:
            yield each["mount"], self._get(each["url"])

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._session.get(self.siege.daemon.url + path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        found: dict[str, Any] = answer.json()
        return found

    def examine(self, mount: str, document: dict[str, Any]) -> None:
        """Every call of one mount."""
        schema = schemathesis.openapi.from_dict(document)
        schema.validate()
        self._known.clear()
        calls = [found.ok() for found in schema.get_all_operations()]
        calls.sort(key=lambda call: (ORDER.get(call.method, 1), call.path))
        for call in calls:
            if call.path not in STREAMS:
                self._call(mount, call)

    def _call(self, mount: str, call: Any) -> None:
        for mode, examples in (
            (GenerationMode.POSITIVE, self.examples),
            (GenerationMode.NEGATIVE, max(1, self.examples // 3)),
        ):

            @seed(self.kind)
            @settings(
                max_examples=examples,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=call.as_strategy(generation_mode=mode))
            def ask(case: Case) -> None:
                self._ask(mount, case)

            try:
                ask()
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, f"nothing can be asked: {call.label}"

    def _ask(self, mount: str, case: Case) -> None:
        self._turn += 1
        if self._turn % 2:
            self._name_things(case)
        admin = mount == FOR_ADMINISTRATORS or self._turn % 3 == 0
        token = self._tokens[admin]
        try:
            answer = case.call(
                base_url=self.siege.daemon.url + mount.rstrip("/"),
                session=self._session,
                headers={"X-Auth-Token": token},
                timeout=60,
                allow_redirects=False,
            )
        except RequestException as error:
            self.wrongs.setdefault(f"{_label(mount, case)}: no answer", repr(error)[:500])
            return
        self.asked[mount] += 1
        self.statuses[answer.status_code] += 1
        self._judge(mount, case, answer)
        if answer.status_code == 401 and token in answer.request.headers.get("X-Auth-Token", ""):
            self._renew(admin)

    def _judge(self, mount: str, case: Case, answer: Any) -> None:
        label = _label(mount, case)
        request = answer.request
        told = (
            f"{request.method} {request.url} {request.body!r:.300} -> {answer.status_code}"
            f" {answer.headers.get('content-type')} {answer.content[:300]!r}"
        )
        if answer.status_code >= 500 and answer.status_code not in EXCUSED:
            self.wrongs.setdefault(f"{label}: {answer.status_code}", told)
        # An answer that has a body at some times only, has no type at the others.
        checks = [status_code_conformance, *(CONFORMS if answer.content else ())]
        try:
            case.validate_response(answer, checks=checks)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(label, failure, told)
        except Failure as failure:
            self._note(label, failure, told)
        if answer.status_code == 200 and case.method.upper() == "GET":
            self._learn(case, answer)

    def _note(self, label: str, failure: BaseException, told: str) -> None:
        title = getattr(failure, "title", type(failure).__name__)
        self.wrongs.setdefault(f"{label}: {title}", f"{str(failure)[:600]}\n{told}")

    def _name_things(self, case: Case) -> None:
        """Puts real names into the path."""
        for part in list(case.path_parameters or {}):
            collection = case.operation.path.split("{" + part + "}")[0].rstrip("/")
            known = self._known.get(collection.rpartition("/")[2])
            if known is None and part in self.siege.values:
                known = [self.siege.values[part]]
            if known:
                case.path_parameters[part] = known[self._turn % len(known)]

    def _learn(self, case: Case, answer: Any) -> None:
        """The names of what a list shows."""
        try:
            said = answer.json()
        except ValueError:
            return
        rows = said if isinstance(said, list) else None
        if isinstance(said, dict):
            rows = next((each for each in said.values() if isinstance(each, list)), None)
        named = [row.get("id") or row.get("name") for row in rows or () if isinstance(row, dict)]
        names = [str(each) for each in named[:5] if each is not None]
        if names:
            self._known[case.operation.path.rstrip("/").rpartition("/")[2]] = names

    def _renew(self, admin: bool) -> None:
        """Somebody new, if a question has ended this one's token or account."""
        headers = {"X-Auth-Token": self._tokens[admin], "X-Subject-Token": self._tokens[admin]}
        url = f"{self.siege.daemon.url}/v3/auth/tokens"
        if self._session.get(url, headers=headers).status_code != 200:
            self._tokens[admin] = self._person(admin)

    def _person(self, admin: bool) -> str:
        """A token of somebody made now."""
        name = f"asker{self._turn}@localhost"
        person = {"email": name, "first": "A", "last": "B", "accept": True, "admin": admin}
        made = self.siege.ask("POST", "/v1/user-add", body=person, control=True)
        assert made.status < 300, made
        renewed = self.siege.ask(
            "POST", "/v1/user-modify", body={"user": name, "renew_token": True}, control=True
        )
        assert renewed.status < 300, renewed
        return str(renewed.json()["row"]["token"])


def _label(mount: str, case: Case) -> str:
    return f"{case.method} {mount.rstrip('/')}{case.operation.path}"
