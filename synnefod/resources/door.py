"""The way in: from an HTTP request to a handler's `Call`, and from its `Reply` back to the wire.

    class Servers:
        def __init__(self, compute): ...

        @route("GET", "/servers/<server>")
        async def show(self, call: Call, server: str) -> dict[str, object]: ...

    Mount("/cyclades/compute/v2.1", "nova", [Servers(compute)], identity)

A handler knows nothing of tokens, schemas, faults and hang-ups: the door authenticates, decodes,
shields what changes something from the client's departure, and says refusals in the dialect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

from klein import Klein
from twisted.internet.defer import CancelledError
from twisted.logger import Logger
from twisted.python.failure import Failure
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import PathConverter

from synnefod.audit.interface import Deed
from synnefod.common import metrics
from synnefod.common.clockwork import shield
from synnefod.common.errors import (
    Malformed,
    Refusal,
    Unauthenticated,
    Unavailable,
)
from synnefod.common.jsonio import parse_sent
from synnefod.common.log import in_request
from synnefod.common.outside import rehearsal
from synnefod.common.principal import Principal
from synnefod.protocols.http.body import Disconnected
from synnefod.protocols.http.request import Request
from synnefod.resources import faults
from synnefod.resources.answer import Manners, manners_of, send, send_streamed
from synnefod.resources.auditing import Auditing
from synnefod.resources.call import NOBODY, Call, Headers, Query, Reply
from synnefod.resources.gate import Asking, Gate
from synnefod.resources.mounted import MountResource, Place
from synnefod.resources.negotiation import wants_xml
from synnefod.resources.routes import Handler, Route, route, routes_of
from synnefod.resources.rules import obey

__all__ = ["NOBODY", "Call", "Headers", "Mount", "Query", "Reply", "Route", "route"]

log = Logger()
BODY_LIMIT = 1 << 20
"""Bytes of a JSON body, unless the mount or the route says otherwise (AST-015, CMP-024)."""
MAX_TOKEN = 512
REHEARSAL_HEADER = "X-Synnefo-Dry-Run"


class Authenticates(Protocol):
    """What the door needs of identity."""

    async def authenticate(self, token: str) -> Principal:
        """Whose token this is. Raises Unauthenticated."""


class _Path(PathConverter):
    """Text with slashes, and with line breaks, which names of objects may hold."""

    regex = "(?s:[^/].*?)"


class Mount:
    """The nouns of one API below one path, in one dialect.

    `path` is the usual base path, `aliases` are more of the same. Options, with defaults by
    dialect: `json_type` (a JSON body must be labelled so, CMP-008), `query_token` (the token may
    come as query parameter X-Auth-Token and then wins, CMP-001), `slashes` (one trailing slash is
    tolerated), `suffixes` (a trailing .json or .xml is dropped, CMP-009), `implied_head` (GET
    answers HEAD), `empty_405` (CMP-007, volume and image), `body_limit` (bytes of JSON),
    `realm` (path of identity for WWW-Authenticate), `service` (its name in the metrics).
    `preflight` answers OPTIONS without a token (CORS); `decorate` may change every answer of a
    handler, and `shows` every refusal. `rooted`: paths that are served as well as if the mount
    stood at the root of the tree.
    """

    def __init__(
        self,
        path: str,
        dialect: str,
        nouns: Sequence[object],
        identity: Authenticates | None,
        *,
        aliases: Sequence[str] = (),
        json_type: bool | None = None,
        query_token: bool | None = None,
        slashes: bool = True,
        suffixes: bool | None = None,
        implied_head: bool | None = None,
        empty_405: bool = False,
        body_limit: int = BODY_LIMIT,
        realm: str = "/astakos/identity/v3",
        service: str = "",
        preflight: Callable[[Call], Awaitable[Reply]] | None = None,
        decorate: Callable[[Call, Reply], Reply] | None = None,
        shows: Callable[[Headers, Refusal, Reply], Reply] | None = None,
        rooted: Sequence[str] = (),
    ) -> None:
        if dialect not in faults.DIALECTS:
            raise ValueError(f"unknown dialect {dialect!r}")

        def default(given: bool | None, usual: bool) -> bool:
            return usual if given is None else given

        enveloped = dialect in ("astakos", "cyclades")
        self.path = "/" + path.strip("/")
        self.aliases = tuple("/" + alias.strip("/") for alias in aliases)
        self.dialect = dialect
        self.nouns = list(nouns)
        self.identity = identity
        self.json_type = default(json_type, enveloped)
        self.query_token = default(query_token, dialect in faults.LEGACY)
        self.suffixes = default(suffixes, enveloped)
        self.implied_head = default(implied_head, dialect != "astakos")
        self.slashes = slashes
        self.empty_405 = empty_405
        self.body_limit = body_limit
        self.realm = realm
        self.service = service or dialect
        self.preflight = preflight
        self.decorate = decorate
        self.shows = shows
        self.rooted = tuple("/" + path.strip("/") for path in rooted)
        self.manners: Manners = manners_of(dialect)
        self.routes = [found for noun in self.nouns for found in routes_of(noun)]
        self.rehearses = False
        """Whether a call may say that nothing is to be changed (OPS-020)."""
        self.gate: Gate | None = None
        self.auditing: Auditing | None = None
        """Both are set by the assembly, the same for all mounts."""
        self.in_progress = metrics.http_requests_in_progress.labels(self.service)

    def resource(self) -> Any:
        """The Twisted resource that serves this mount; whatever prefix it was reached by."""
        return MountResource(self)

    def app(self) -> Klein:
        """All routes as one Klein application. An endpoint is the number of its route."""
        app = Klein()
        app.url_map.strict_slashes = not self.slashes
        app.url_map.merge_slashes = False
        app.url_map.converters["path"] = _Path
        for number, (made, handler) in enumerate(self.routes):
            app.route(made.path, methods=list(made.methods), endpoint=str(number))(
                _endpoint(self, made, handler)
            )
        return app

    def unmatched(self, request: Request, error: HTTPException) -> None:
        """Answers a path or a method that no route has."""
        if isinstance(error, MethodNotAllowed):
            allowed = sorted(set(error.valid_methods or ()))
            if not self.implied_head:
                allowed = [method for method in allowed if method != "HEAD"]
            self.refuse(request, faults.WrongMethod(allowed))
        else:
            self.refuse(request, faults.UnknownPath())

    async def serve(
        self,
        request: Request,
        made: Route,
        handler: Handler,
        parts: dict[str, Any],
    ) -> None:
        """One call, from the matched route to the last byte. Raises nothing but for defects."""
        self.in_progress.inc()
        try:
            with in_request(request.request_id):
                await self._serve(request, made, handler, parts)
        finally:
            self.in_progress.dec()

    async def _serve(
        self,
        request: Request,
        made: Route,
        handler: Handler,
        parts: dict[str, Any],
    ) -> None:
        method = request.method.decode("ascii").upper()
        deed = None
        try:
            if method == "HEAD" and not self.implied_head and "HEAD" not in made.methods:
                raise faults.WrongMethod(list(made.methods))
            call = await self.call(request, method, made)
            if self.auditing is not None:
                deed = self.auditing.deed(self.service, call, made, handler)
            answer = await self._work(request, made, handler(call, **parts), deed)
            if request.gone:
                return
            reply = answer if isinstance(answer, Reply) else Reply(answer, status=made.status)
            if self.decorate is not None:
                reply = self.decorate(call, reply)
            if reply.streamed:
                await send_streamed(request, self.manners, reply)
            else:
                send(request, self.manners, reply)
        except Disconnected:
            return
        except CancelledError:
            if not request.gone:
                self.refuse(request, Unavailable("The request was given up."))
        except Refusal as error:
            if self.auditing is not None:
                await self.auditing.refused(deed, error)
            if faults.row_of(type(error)) is None:
                self.unexpected(request, Failure())  # type: ignore[no-untyped-call]
            else:
                self.refuse(request, error)
        except Exception:
            self.unexpected(request, Failure())  # type: ignore[no-untyped-call]

    async def _work(self, request: Request, made: Route, work: Any, deed: Deed | None) -> Any:
        if not made.changes(request.method.decode("ascii").upper()):
            return await work
        if self.rehearses and request.getHeader(REHEARSAL_HEADER):
            with rehearsal(True):
                return await shield(_carried(request, work))
        if self.auditing is None or deed is None:
            return await shield(_carried(request, work))
        with self.auditing.doing(deed):
            return await shield(_carried(request, work))

    async def call(self, request: Request, method: str, made: Route) -> Call:
        """Who asks, and what. Raises Unauthenticated, Malformed, TooLarge, UnsupportedMedia, and
        what the gate raises."""
        raw_query = request.uri.partition(b"?")[2]
        # Swift's clients end a bound of a listing with NUL to have it included.
        query = Query.parse(raw_query, nul=self.dialect == "swift")
        headers = Headers(request.requestHeaders)
        token = (query.one("X-Auth-Token") if self.query_token else None) or headers.get(
            "X-Auth-Token", ""
        )
        principal = NOBODY
        if made.auth or (made.auth is None and token):
            principal = await self.authenticate(token)
            request.actor = principal.user
        place: Place = request.place  # type: ignore[attr-defined]
        obey(principal, self.service, method, place.mount, place.path)
        peer = request.site.peer(request)
        if self.gate is not None:
            brings = self.service == "object-store" and request.body.length != 0
            uploads = partial(_at_the_end, request) if brings else None
            asking = Asking(self.service, method, place.path, made, principal, token, peer, uploads)
            for name, value in await self.gate.admit(asking):
                request.responseHeaders.setRawHeaders(name, [value])
        body = await self._body(request, headers, made) if made.body is not None else None
        return Call(
            method=method,
            path=place.path,
            raw_path=place.raw,
            principal=principal,
            token=token,
            body=body,
            stream=request.body,
            query=query,
            headers=headers,
            base=request.site.base(request),
            mount=place.mount,
            request_id=request.request_id,
            peer=peer,
            raw_query=raw_query,
            fronted=request.site.is_proxy(request.client),
        )

    async def authenticate(self, token: str) -> Principal:
        """Whose token this is. Raises NoToken, TokenRefused, and Unavailable as identity does."""
        if not token:
            raise faults.NoToken()
        if self.identity is None or len(token) > MAX_TOKEN or not _printable(token):
            raise faults.TokenRefused()
        try:
            return await self.identity.authenticate(token)
        except Unauthenticated as error:
            raise faults.TokenRefused(error.message, details=error.details) from None

    async def _body(self, request: Request, headers: Headers, made: Route) -> Any:
        raw = await request.body.read_all(made.limit or self.body_limit)
        if not raw:
            if made.empty_ok:
                return None
            raise Malformed("The request has no body.")
        if self.json_type:
            kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise Malformed("The Content-Type of the body must be application/json.")
        return parse_sent(raw, made.body)

    def refuse(self, request: Request, error: Refusal) -> None:
        """Answers a refusal in the dialect."""
        if request.gone:
            return
        if request.startedWriting:
            request.abort()
            return
        reply = faults.fault(error, self.dialect, self._asked(request))
        if self.empty_405 and isinstance(error, faults.WrongMethod):
            reply = Reply(None, status=reply.status, headers=reply.headers)
        if self.shows is not None:
            reply = self.shows(Headers(request.requestHeaders), error, reply)
        send(request, self.manners, reply)

    def _asked(self, request: Request) -> faults.Asked:
        if self.dialect == "swift":
            account = request.place.raw[1:].partition(b"/")[0]  # type: ignore[attr-defined]
            return faults.Asked(realm=account.decode("ascii", "replace").replace('"', "%22"))
        if self.dialect in faults.LEGACY:
            return faults.Asked(xml=wants_xml(request))
        return faults.Asked(realm=request.site.base(request) + self.realm)

    def unexpected(self, request: Request, failure: Failure) -> None:
        """A defect: logged with its trace under the request's id, which is also what we answer."""
        log.failure(
            "unexpected failure of {route}",
            failure=failure,
            route=request.route_name,
            request_id=request.request_id,
        )
        self.refuse(request, faults.Unexpected(request.request_id))


async def _carried(request: Request, work: Any) -> Any:
    """The result of shielded work; a refusal that nobody waits for any more is no defect."""
    try:
        return await work
    except (Disconnected, Refusal):
        if request.gone:
            return None
        raise


def _at_the_end(request: Any, call: Callable[[], None]) -> None:
    """Arranges `call` for when the request is answered or its client has left."""

    def ended(_result: object) -> None:
        call()

    request.notifyFinish().addBoth(ended)


def _printable(token: str) -> bool:
    return token.isascii() and token.isprintable()


def _endpoint(mount: Mount, made: Route, handler: Handler) -> Callable[..., Any]:
    name = mount.path.rstrip("/") + made.path
    secret = made.secret

    def endpoint(request: Request, **parts: Any) -> Any:
        request.route_name = name
        request.quiet = made.quiet
        request.secret_path = secret
        return mount.serve(request, made, handler, parts)

    return endpoint
