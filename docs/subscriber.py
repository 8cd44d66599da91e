"""Prints what happens to servers: an example of hearing the clusters' events (subscribing.md)."""

import json
import sys

import pika


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


def main(url, exchange="ganeti", prefix="snf"):
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.exchange_declare(exchange, "topic", durable=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    for kind in ("op", "progress"):
        channel.queue_bind(queue, exchange, f"ganeti.{prefix}.event.{kind}")
    channel.basic_qos(prefetch_count=50)
    channel.basic_consume(queue, told)
    print("listening", flush=True)
    channel.start_consuming()


if __name__ == "__main__":
    main(*sys.argv[1:])
