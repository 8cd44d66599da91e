"""What the daemon counts, under the names of operations.md 15.3, on a registry of its own.

Import a metric and use it; label values are bounded words (a service, a route's pattern, a
cluster's name), never a user, a project, a server or an address. `render` is slow: call it in a
thread.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from twisted.internet.interfaces import IDelayedCall

if TYPE_CHECKING:
    # The clockwork counts its runs here.
    from synnefod.common.clockwork import IClock

registry = CollectorRegistry()
ProcessCollector(registry=registry)
GCCollector(registry=registry)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SLOW = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(name, text, labels, namespace="synnefod", registry=registry)


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    return Gauge(name, text, labels, namespace="synnefod", registry=registry)


def _histogram(name: str, text: str, *labels: str, buckets: tuple[float, ...] = _FAST) -> Histogram:
    return Histogram(name, text, labels, namespace="synnefod", registry=registry, buckets=buckets)


# Process
build_info = _gauge("build_info", "1; the versions are labels", "version", "python", "twisted")
start_time = _gauge("start_time_seconds", "Start of the daemon, Unix time")
role_active = _gauge("role_active", "1 for each role of this daemon", "role")
ready = _gauge("ready", "1 when the check is well", "check")
clock_skew = _gauge("clock_skew_seconds", "How far another clock is ahead of ours", "part")
lease_held = _gauge("lease_held", "1 while this daemon holds the lease", "lease")
config_reload_success = _gauge("config_reload_success", "1 when the last reload was taken")
config_reload_timestamp = _gauge("config_reload_timestamp_seconds", "The last reload taken")
certificate_expiry = _gauge("certificate_expiry_timestamp_seconds", "End of validity", "name")

# Reactor
reactor_delay = _histogram("reactor_delay_seconds", "Lateness of a tick every second")
thread_pool_busy = _gauge("thread_pool_busy", "Threads at work", "pool")
thread_pool_waiting = _gauge("thread_pool_waiting", "Works waiting for a thread", "pool")
open_connections = _gauge("open_connections", "Client connections", "listener", "state")

# HTTP
http_requests = _counter("http_requests_total", "Answers", "service", "route", "method", "code")
http_request_duration = _histogram(
    "http_request_duration_seconds", "Head received to answer sent", "service", "route", "method"
)
http_requests_in_progress = _gauge("http_requests_in_progress", "Requests in hand", "service")
http_received_bytes = _counter("http_received_bytes_total", "Request bodies", "service")
http_sent_bytes = _counter("http_sent_bytes_total", "Answer bodies", "service")
rate_limited = _counter("rate_limited_total", "Requests refused by a rate limit", "limit")
event_streams_open = _gauge("event_streams_open", "Open event streams")

# Sign-in
auth_attempts = _counter("auth_attempts_total", "Sign-in attempts", "provider", "result")
tokens_validated = _counter("tokens_validated_total", "Tokens looked up", "result")

# Store
store_transaction = _histogram("store_transaction_seconds", "Transactions", "kind")
store_retries = _counter("store_retries_total", "Transactions run again", "reason")
store_pool_connections = _gauge("store_pool_connections", "Database connections", "state")
store_schema_version = _gauge("store_schema_version", "Number of the last migration")
store_migration_rows_remaining = _gauge(
    "store_migration_rows_remaining", "Rows that a migration has still to change", "migration"
)

# Quota
commissions_pending = _gauge("commissions_pending", "Unresolved commissions")
commission_oldest = _gauge("commission_oldest_seconds", "Age of the oldest one", "service")
quota_refused = _counter("quota_refused_total", "Changes refused by a quota")
quota_usage = _gauge("quota_usage", "Sum of what is used", "resource")
quota_limit = _gauge("quota_limit", "Sum of limits", "resource")
users = _gauge("users", "Accounts", "state")
projects = _gauge("projects", "Projects", "state")

# Files
blocks_written = _counter("blocks_written_total", "Blocks handed in", "backend", "result")
block_bytes = _counter("block_bytes_total", "Bytes of blocks", "backend", "direction")
block_io = _histogram("block_io_seconds", "Block operations", "backend", "operation")
block_corrupt = _counter("block_corrupt_total", "Blocks that fail their hash", "backend")
block_store_bytes = _gauge("block_store_bytes", "Room of the block store", "backend", "kind")
block_garbage_bytes = _gauge("block_garbage_bytes", "Bytes of unnamed blocks", "backend")
uploads_in_progress = _gauge("uploads_in_progress", "Uploads under way")

# Servers
servers = _gauge("servers", "Servers", "state", "cluster")
server_operations = _counter("server_operations_total", "Actions", "operation", "result")
server_operation = _histogram(
    "server_operation_seconds", "Accepted to final", "operation", buckets=_SLOW
)
servers_task_overdue = _gauge("servers_task_overdue", "Actions without an end", "task")
machine_transitions = _counter("machine_transitions_total", "Moves", "machine", "to")
machine_unexpected_events = _counter(
    "machine_unexpected_events_total", "Events that no row foresees", "machine", "event"
)

# Ganeti
rapi_requests = _counter("rapi_requests_total", "Calls", "cluster", "operation", "code")
rapi_request = _histogram("rapi_request_seconds", "Calls", "cluster", "operation")
cluster_up = _gauge("cluster_up", "1 while the cluster answers", "cluster")
cluster_clock_difference = _gauge(
    "cluster_clock_difference_seconds", "Its clock minus ours", "cluster"
)
cluster_memory_bytes = _gauge("cluster_memory_bytes", "Memory of a cluster", "cluster", "kind")
cluster_disk_bytes = _gauge("cluster_disk_bytes", "Disk of a cluster", "cluster", "kind")
cluster_nodes = _gauge("cluster_nodes", "Nodes", "cluster", "state")
cluster_jobs = _gauge("cluster_jobs", "Jobs in its queue", "cluster", "status")

# Outbox and events
outbox_pending = _gauge("outbox_pending", "Intentions not yet carried out")
outbox_oldest = _gauge("outbox_oldest_seconds", "Age of the oldest intention", "cluster")
events_received = _counter("events_received_total", "Events", "cluster", "source", "kind")
events_ignored = _counter("events_ignored_total", "Events without effect", "reason")
event_last_timestamp = _gauge("event_last_timestamp_seconds", "Last event", "cluster", "source")
event_lag = _histogram("event_lag_seconds", "Happened to applied", "source", buckets=_SLOW)
queue_messages = _gauge("queue_messages", "Messages waiting on the bus", "queue")
queue_dead_messages = _gauge("queue_dead_messages", "Messages given up", "queue")

# Keeping in step
reconcile_differences = _counter(
    "reconcile_differences_total", "Differences found", "cluster", "kind", "action"
)
reconcile_last_success = _gauge(
    "reconcile_last_success_timestamp_seconds", "Last complete comparison", "cluster", "task"
)
addresses = _gauge("addresses", "Addresses of public networks", "network", "state")

# Console
consoles_open = _gauge("consoles_open", "Consoles connected")
consoles = _counter("consoles_total", "Consoles asked for", "result")

# Chores
task_duration = _histogram("task_duration_seconds", "Periodic tasks", "task", buckets=_SLOW)
task_last_success = _gauge("task_last_success_timestamp_seconds", "Last good end", "task")
task_failures = _counter("task_failures_total", "Bad ends", "task")
mail_sent = _counter("mail_sent_total", "Mail", "event", "result")
mail_queue = _gauge("mail_queue", "Mail not yet sent")
backup_last_success = _gauge("backup_last_success_timestamp_seconds", "Last good backup")

# Logs
log_lines = _counter("log_lines_total", "Lines logged", "level", "area")
log_dropped = _counter("log_dropped_total", "Lines not written")
audit_rows = _counter("audit_rows_total", "Rows of the audit log", "result")


def render() -> bytes:
    """Everything in Prometheus' text form. Pure Python and slow: run it in a thread."""
    return generate_latest(registry)


def describe_build(version: str, twisted: str, started: float) -> None:
    """Sets what never changes: `started` is Unix time in seconds."""
    build_info.labels(version, platform.python_version(), twisted).set(1)
    start_time.set(started)


class LagSampler:
    """Observes how late a tick comes that was due after a second."""

    def __init__(self, clock: IClock) -> None:
        self._clock = clock
        self._due = 0.0
        self._call: IDelayedCall | None = None
        self.last_tick = 0.0

    def start(self) -> None:
        """Begins to tick. `last_tick` is in seconds of the clock (health looks at its age)."""
        self.last_tick = self._clock.seconds()
        self._plan()

    def stop(self) -> None:
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _plan(self) -> None:
        self._due = self._clock.seconds() + 1.0
        self._call = self._clock.callLater(1.0, self._tick)

    def _tick(self) -> None:
        self.last_tick = self._clock.seconds()
        reactor_delay.observe(max(0.0, self.last_tick - self._due))
        self._plan()
