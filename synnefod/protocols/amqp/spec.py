"""AMQP 0-9-1 with RabbitMQ's additions, as a table; txamqp's specification object made of it.

txamqp 0.8.2 does not ship its specification files. A line is `number name > answers: fields`;
a star after the name says that a content follows the method.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from txamqp import spec as txamqp_spec

FRAME_METHOD, FRAME_HEADER, FRAME_BODY, FRAME_HEARTBEAT, FRAME_END = 1, 2, 3, 8, 206

_CONSTANTS = {
    "frame-method": FRAME_METHOD,
    "frame-header": FRAME_HEADER,
    "frame-body": FRAME_BODY,
    "frame-heartbeat": FRAME_HEARTBEAT,
    "frame-end": FRAME_END,
}

_PROPERTIES = """content-type shortstr, content-encoding shortstr, headers table,
 delivery-mode octet, priority octet, correlation-id shortstr, reply-to shortstr,
 expiration shortstr, message-id shortstr, timestamp timestamp, type shortstr, user-id shortstr,
 app-id shortstr, cluster-id shortstr"""

_CLOSE = "reply-code short, reply-text shortstr, class-id short, method-id short"

_CLASSES: dict[tuple[int, str], str] = {
    (10, "connection"): f"""
10 start > start-ok: version-major octet, version-minor octet, server-properties table,\
 mechanisms longstr, locales longstr
11 start-ok: client-properties table, mechanism shortstr, response longstr, locale shortstr
20 secure > secure-ok: challenge longstr
21 secure-ok: response longstr
30 tune > tune-ok: channel-max short, frame-max long, heartbeat short
31 tune-ok: channel-max short, frame-max long, heartbeat short
40 open > open-ok: virtual-host shortstr, reserved-1 shortstr, reserved-2 bit
41 open-ok: reserved-1 shortstr
50 close > close-ok: {_CLOSE}
51 close-ok:
60 blocked: reason shortstr
61 unblocked:""",
    (20, "channel"): f"""
10 open > open-ok: reserved-1 shortstr
11 open-ok: reserved-1 longstr
20 flow > flow-ok: active bit
21 flow-ok: active bit
40 close > close-ok: {_CLOSE}
41 close-ok:""",
    (40, "exchange"): """
10 declare > declare-ok: reserved-1 short, exchange shortstr, type shortstr, passive bit,\
 durable bit, auto-delete bit, internal bit, no-wait bit, arguments table
11 declare-ok:
20 delete > delete-ok: reserved-1 short, exchange shortstr, if-unused bit, no-wait bit
21 delete-ok:
30 bind > bind-ok: reserved-1 short, destination shortstr, source shortstr,\
 routing-key shortstr, no-wait bit, arguments table
31 bind-ok:
40 unbind > unbind-ok: reserved-1 short, destination shortstr, source shortstr,\
 routing-key shortstr, no-wait bit, arguments table
51 unbind-ok:""",
    (50, "queue"): """
10 declare > declare-ok: reserved-1 short, queue shortstr, passive bit, durable bit,\
 exclusive bit, auto-delete bit, no-wait bit, arguments table
11 declare-ok: queue shortstr, message-count long, consumer-count long
20 bind > bind-ok: reserved-1 short, queue shortstr, exchange shortstr, routing-key shortstr,\
 no-wait bit, arguments table
21 bind-ok:
30 purge > purge-ok: reserved-1 short, queue shortstr, no-wait bit
31 purge-ok: message-count long
40 delete > delete-ok: reserved-1 short, queue shortstr, if-unused bit, if-empty bit, no-wait bit
41 delete-ok: message-count long
50 unbind > unbind-ok: reserved-1 short, queue shortstr, exchange shortstr,\
 routing-key shortstr, arguments table
51 unbind-ok:""",
    (60, "basic"): """
10 qos > qos-ok: prefetch-size long, prefetch-count short, global bit
11 qos-ok:
20 consume > consume-ok: reserved-1 short, queue shortstr, consumer-tag shortstr, no-local bit,\
 no-ack bit, exclusive bit, no-wait bit, arguments table
21 consume-ok: consumer-tag shortstr
30 cancel > cancel-ok: consumer-tag shortstr, no-wait bit
31 cancel-ok: consumer-tag shortstr
40 publish*: reserved-1 short, exchange shortstr, routing-key shortstr, mandatory bit, immediate bit
50 return*: reply-code short, reply-text shortstr, exchange shortstr, routing-key shortstr
60 deliver*: consumer-tag shortstr, delivery-tag longlong, redelivered bit, exchange shortstr,\
 routing-key shortstr
70 get > get-ok get-empty: reserved-1 short, queue shortstr, no-ack bit
71 get-ok*: delivery-tag longlong, redelivered bit, exchange shortstr, routing-key shortstr,\
 message-count long
72 get-empty: reserved-1 shortstr
80 ack: delivery-tag longlong, multiple bit
90 reject: delivery-tag longlong, requeue bit
110 recover > recover-ok: requeue bit
111 recover-ok:
120 nack: delivery-tag longlong, multiple bit, requeue bit""",
    (85, "confirm"): """
10 select > select-ok: no-wait bit
11 select-ok:""",
    (90, "tx"): """
10 select > select-ok:
11 select-ok:
20 commit > commit-ok:
21 commit-ok:
30 rollback > rollback-ok:
31 rollback-ok:""",
}


def load() -> Any:
    """A fresh txamqp specification object (its `klass` holds one method for each AMQP method)."""
    return txamqp_spec.load_string(_document().encode())


def _document() -> str:
    constants = "".join(
        f"<constant name={quoteattr(name)} value='{value}'/>" for name, value in _CONSTANTS.items()
    )
    classes = "".join(_class(number, name, text) for (number, name), text in _CLASSES.items())
    return f"<amqp major='0' minor='9'>{constants}{classes}</amqp>"


def _class(number: int, name: str, text: str) -> str:
    fields = _fields(_PROPERTIES) if name == "basic" else ""
    methods = "".join(_method(line) for line in text.strip().splitlines())
    return f"<class name='{name}' index='{number}' handler='channel'>{fields}{methods}</class>"


def _method(line: str) -> str:
    head, _, fields = line.partition(":")
    head, _, answers = head.partition(">")
    number, name = head.split()
    content = "content='1' " if name.endswith("*") else ""
    responses = "".join(f"<response name='{answer}'/>" for answer in answers.split())
    name = name.removesuffix("*")
    # txamqp makes a docstring of the text and fails without one.
    return (
        f"<method name='{name}' index='{number}' {content}>{name}"
        f"{responses}{_fields(fields)}</method>"
    )


def _fields(text: str) -> str:
    pairs = (item.split() for item in text.split(",") if item.strip())
    return "".join(f"<field name='{name}' type='{kind}'/>" for name, kind in pairs)
