"""Prints what happens to servers: an example of hearing the clusters' events (subscribing.md).

    python subscriber.py amqp://user:password@host/ [EXCHANGE [PREFIX [QUEUE]]]

Each event is printed once or more, never not at all: the queue is durable and has a name, an event
is acknowledged only after it was printed, and a lost connection is made again.
"""

import json
import sys
import time

import pika
from pika.exceptions import AMQPError


def told(channel, method, properties, body):
    event = json.loads(body)
    seconds, micros = event["event_time"]
    what = event.get("operation") or event["type"]
    how = event.get("status") or f"{event.get('progress', 0)} %"
    print(
        f"{seconds}.{micros:06} {event.get('cluster', '')} {event['instance']} {what} {how}",
        flush=True,
    )
    channel.basic_ack(method.delivery_tag)


def listen(url, exchange, prefix, queue):
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.exchange_declare(exchange, "topic", durable=True)
    channel.queue_declare(queue, durable=True)
    for kind in ("op", "progress"):
        channel.queue_bind(queue, exchange, f"ganeti.{prefix}.event.{kind}")
    channel.basic_qos(prefetch_count=50)
    channel.basic_consume(queue, told)
    print("listening", flush=True)
    channel.start_consuming()


def main(url, exchange="ganeti", prefix="snf", queue="example-subscriber"):
    while True:
        try:
            listen(url, exchange, prefix, queue)
        except (AMQPError, OSError) as error:
            print(f"the broker is away: {error!r}", file=sys.stderr, flush=True)
            time.sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
