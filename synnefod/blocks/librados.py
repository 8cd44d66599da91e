"""librados by cffi: what the RADOS driver calls, with completions brought to the reactor thread.

Note [Never a callback's work]. A completion arrives on a thread of librados, which may do nothing
but hand the number of the operation to the reactor. What an operation needs in memory is kept
until then, also when nobody waits for it any more.

Note [Submitting must not block]. librados makes whoever submits wait once 1024 operations or
100 MB are under way; the callers of `Pool` keep below that.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import cffi
from attrs import define, field, frozen
from twisted.internet.defer import Deferred

FULL_TRY = 64
"""Operations on a full pool fail instead of waiting for room."""
_EQUAL = 1
_LIBRARY = "librados.so.2"
_PAGE = 1000
_C = """
typedef void *rados_t; typedef void *rados_ioctx_t; typedef void *rados_completion_t;
typedef void *rados_write_op_t; typedef void *rados_read_op_t;
typedef void *rados_xattrs_iter_t; typedef void *rados_object_list_cursor;
typedef void (*rados_callback_t)(rados_completion_t completion, void *argument);
typedef struct {
    size_t oid_length; char *oid; size_t nspace_length; char *nspace;
    size_t locator_length; char *locator;
} rados_object_list_item;
int rados_create2(rados_t *cluster, const char *name, const char *user, uint64_t flags);
int rados_conf_read_file(rados_t cluster, const char *path);
int rados_conf_set(rados_t cluster, const char *option, const char *value);
int rados_connect(rados_t cluster);
void rados_shutdown(rados_t cluster);
int rados_ioctx_create(rados_t cluster, const char *pool, rados_ioctx_t *io);
void rados_ioctx_destroy(rados_ioctx_t io);
void rados_ioctx_set_namespace(rados_ioctx_t io, const char *name);
int rados_aio_create_completion2(void *argument, rados_callback_t f, rados_completion_t *made);
void rados_aio_release(rados_completion_t completion);
int rados_aio_get_return_value(rados_completion_t completion);
uint64_t rados_aio_get_version(rados_completion_t completion);
rados_write_op_t rados_create_write_op(void);
void rados_release_write_op(rados_write_op_t op);
void rados_write_op_assert_exists(rados_write_op_t op);
void rados_write_op_assert_version(rados_write_op_t op, uint64_t version);
void rados_write_op_cmpxattr(rados_write_op_t op, const char *name, uint8_t comparison,
    const char *value, size_t length);
void rados_write_op_setxattr(rados_write_op_t op, const char *name, const char *value,
    size_t length);
void rados_write_op_write_full(rados_write_op_t op, const char *data, size_t length);
void rados_write_op_remove(rados_write_op_t op);
int rados_aio_write_op_operate(rados_write_op_t op, rados_ioctx_t io,
    rados_completion_t completion, const char *oid, void *mtime, int flags);
rados_read_op_t rados_create_read_op(void);
void rados_release_read_op(rados_read_op_t op);
void rados_read_op_stat(rados_read_op_t op, uint64_t *size, int64_t *mtime, int *result);
void rados_read_op_getxattrs(rados_read_op_t op, rados_xattrs_iter_t *found, int *result);
void rados_read_op_read(rados_read_op_t op, uint64_t offset, size_t length, char *into,
    size_t *read, int *result);
int rados_aio_read_op_operate(rados_read_op_t op, rados_ioctx_t io,
    rados_completion_t completion, const char *oid, int flags);
int rados_getxattrs_next(rados_xattrs_iter_t found, const char **name, const char **value,
    size_t *length);
void rados_getxattrs_end(rados_xattrs_iter_t found);
rados_object_list_cursor rados_object_list_begin(rados_ioctx_t io);
rados_object_list_cursor rados_object_list_end(rados_ioctx_t io);
void rados_object_list_cursor_free(rados_ioctx_t io, rados_object_list_cursor cursor);
int rados_object_list_cursor_cmp(rados_ioctx_t io, rados_object_list_cursor one,
    rados_object_list_cursor other);
void rados_object_list_slice(rados_ioctx_t io, rados_object_list_cursor start,
    rados_object_list_cursor finish, size_t n, size_t m, rados_object_list_cursor *from,
    rados_object_list_cursor *until);
int rados_object_list(rados_ioctx_t io, rados_object_list_cursor start,
    rados_object_list_cursor finish, size_t most, const char *filter, size_t filter_length,
    rados_object_list_item *found, rados_object_list_cursor *next);
void rados_object_list_free(size_t count, rados_object_list_item *found);
"""
# Not cffi's own callbacks: they need memory that may be both written and executed, which the
# service's unit forbids (MemoryDenyWriteExecute).
_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
ffi: Any = cffi.FFI()
ffi.cdef(_C)
_uncleared: Any = ffi.new_allocator(should_clear_after_alloc=False)


class RadosError(OSError):
    """A call of librados ended with a negative number; `errno` is its opposite."""


def refuse(code: int, what: str) -> int:
    """`code` unless it is an error. Raises RadosError."""
    if code < 0:
        raise RadosError(-code, f"{what}: {os.strerror(-code)}")
    return code


@frozen
class Found:
    """What a read gave: the object's size, time of its last change (seconds), extended
    attributes, version, and a buffer with the first `read` bytes if they were asked for."""

    size: int
    mtime: float
    xattrs: dict[str, bytes]
    version: int
    buffer: Any = None
    read: int = 0

    def data(self) -> bytes:
        """A copy of the bytes that were read; costs time, so for a thread."""
        return bytes(ffi.buffer(self.buffer, self.read))


@define
class Change:
    """What one write does to an object, all of it or nothing.

    Its conditions: that the object `exists`, that its `version` and the attributes `equal` are
    as they were read (an absent one equals the empty one). Else the write fails with ENOENT or
    one of CHANGED.
    """

    exists: bool = False
    version: int | None = None
    equal: dict[str, bytes] = field(factory=dict)
    data: bytes | None = None
    xattrs: dict[str, bytes] = field(factory=dict)
    remove: bool = False


class Connection:
    """A connected client of a cluster. `open` and `close` block: they are for a thread."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._lib: Any = None
        self._cluster: Any = None
        self._pools: list[Pool] = []
        self._numbers = itertools.count(1)
        self._running: dict[int, tuple[Deferred[Any], Any, Callable[[Any], Any]]] = {}
        self._kept = _CALLBACK(self._completed)
        address = ctypes.cast(self._kept, ctypes.c_void_p).value
        self._callback = ffi.cast("rados_callback_t", address)

    def open(self, conf: str, user: str, timeout: float) -> None:
        """Raises RadosError, ImportError when the library is not installed."""
        try:
            self._lib = ffi.dlopen(_LIBRARY)
        except OSError as error:
            raise ImportError(f"{_LIBRARY} cannot be loaded: {error}") from None
        made = ffi.new("rados_t *")
        refuse(self._lib.rados_create2(made, b"ceph", f"client.{user}".encode(), 0), "client")
        self._cluster = made[0]
        try:
            path = conf.encode() if conf else ffi.NULL
            refuse(self._lib.rados_conf_read_file(self._cluster, path), conf or "ceph.conf")
            for option in ("client_mount_timeout", "rados_osd_op_timeout", "rados_mon_op_timeout"):
                self._set(option, f"{timeout:g}")
            # What fails is told by our own log; many daemons may share this ceph.conf.
            for option in ("log_to_stderr", "err_to_stderr"):
                self._set(option, "false")
            for option in ("log_file", "admin_socket"):
                self._set(option, "")
            refuse(self._lib.rados_connect(self._cluster), "connecting")
        except BaseException:
            self.close()
            raise

    def _set(self, option: str, value: str) -> None:
        code = self._lib.rados_conf_set(self._cluster, option.encode(), value.encode())
        refuse(code, option)

    def pool(self, name: str, namespace: str) -> Pool:
        """Asks the cluster for the pool. Raises RadosError (ENOENT if there is none)."""
        made = ffi.new("rados_ioctx_t *")
        code = self._lib.rados_ioctx_create(self._cluster, name.encode(), made)
        refuse(code, f"pool {name!r}")
        self._lib.rados_ioctx_set_namespace(made[0], namespace.encode())
        pool = Pool(self, self._lib, made[0])
        self._pools.append(pool)
        return pool

    def close(self) -> None:
        """Ends the client. What is under way then ends by `abandon`, on the reactor thread."""
        cluster, self._cluster = self._cluster, None
        pools, self._pools = self._pools, []
        if cluster is not None:
            for pool in pools:
                self._lib.rados_ioctx_destroy(pool.io)
            self._lib.rados_shutdown(cluster)

    @property
    def busy(self) -> bool:
        """Whether operations are under way."""
        return bool(self._running)

    def abandon(self) -> None:
        """Fails the operations that a closed client has not ended."""
        running, self._running = self._running, {}
        for result, _keep, _done in running.values():
            if not result.called:
                result.errback(RadosError(errno.ESHUTDOWN, os.strerror(errno.ESHUTDOWN)))

    def submit(self, send: Callable[[Any], int], done: Callable[[Any], Any], keep: Any) -> Any:
        """Deferred of what `done(completion)` makes of it, on the reactor thread."""
        number = next(self._numbers)
        result: Deferred[Any] = Deferred()
        self._running[number] = (result, keep, done)
        made = ffi.new("rados_completion_t *")
        argument = ffi.cast("void *", number)
        self._lib.rados_aio_create_completion2(argument, self._callback, made)
        code = send(made[0])
        if code < 0:  # then no completion will come
            del self._running[number]
            self._lib.rados_aio_release(made[0])
            raise RadosError(-code, os.strerror(-code))
        return result

    def _completed(self, completion: int, number: int) -> None:
        self._reactor.callFromThread(self._finish, number, completion)

    def _finish(self, number: int, address: int) -> None:
        completion = ffi.cast("rados_completion_t", address)
        if number not in self._running:
            return  # given up, and librados gone
        result, _keep, done = self._running.pop(number)
        try:
            value = done(completion)
        except Exception as error:
            value = error
        finally:
            self._lib.rados_aio_release(completion)
        if result.called:
            return
        if isinstance(value, Exception):
            result.errback(value)
        else:
            result.callback(value)


class Pool:
    """The objects of one namespace of a pool. All but `names` return Deferreds."""

    def __init__(self, connection: Connection, lib: Any, io: Any) -> None:
        self._connection = connection
        self._lib = lib
        self.io = io

    def change(self, oid: str, change: Change) -> Deferred[int]:
        """The object's new version. Raises RadosError."""
        lib, op = self._lib, self._lib.rados_create_write_op()
        keep: list[Any] = []
        try:
            if change.exists:
                lib.rados_write_op_assert_exists(op)
            if change.version is not None:
                lib.rados_write_op_assert_version(op, change.version)
            for name, value in change.equal.items():
                lib.rados_write_op_cmpxattr(op, name.encode(), _EQUAL, value, len(value))
            if change.data is not None:
                keep.append(ffi.from_buffer(change.data))
                lib.rados_write_op_write_full(op, keep[0], len(change.data))
            for name, value in change.xattrs.items():
                lib.rados_write_op_setxattr(op, name.encode(), value, len(value))
            if change.remove:
                lib.rados_write_op_remove(op)

            def send(completion: Any) -> int:
                code: int = lib.rados_aio_write_op_operate(
                    op, self.io, completion, oid.encode(), ffi.NULL, FULL_TRY
                )
                return code

            def done(completion: Any) -> int:
                refuse(lib.rados_aio_get_return_value(completion), oid)
                version: int = lib.rados_aio_get_version(completion)
                return version

            result: Deferred[int] = self._connection.submit(send, done, (change, keep))
            return result
        finally:
            lib.rados_release_write_op(op)

    def look(self, oid: str, most: int = 0) -> Deferred[Found]:
        """The object with its first `most` bytes. Raises RadosError."""
        lib, op = self._lib, self._lib.rados_create_read_op()
        size, mtime = ffi.new("uint64_t *"), ffi.new("int64_t *")
        xattrs, codes = ffi.new("rados_xattrs_iter_t *"), ffi.new("int[3]")
        read = ffi.new("size_t *")
        buffer = _uncleared("char[]", most) if most else None
        try:
            lib.rados_read_op_stat(op, size, mtime, codes)
            lib.rados_read_op_getxattrs(op, xattrs, codes + 1)
            if most:
                lib.rados_read_op_read(op, 0, most, buffer, read, codes + 2)

            def send(completion: Any) -> int:
                code: int = lib.rados_aio_read_op_operate(op, self.io, completion, oid.encode(), 0)
                return code

            def done(completion: Any) -> Found:
                refuse(lib.rados_aio_get_return_value(completion), oid)
                for code in codes:
                    refuse(code, oid)
                found = dict(self._attributes(xattrs[0]))
                version = lib.rados_aio_get_version(completion)
                return Found(size[0], float(mtime[0]), found, version, buffer, read[0])

            keep = (size, mtime, xattrs, codes, read, buffer)
            result: Deferred[Found] = self._connection.submit(send, done, keep)
            return result
        finally:
            lib.rados_release_read_op(op)

    def _attributes(self, found: Any) -> Iterator[tuple[str, bytes]]:
        name, value = ffi.new("char **"), ffi.new("char **")
        length = ffi.new("size_t *")
        try:
            while self._lib.rados_getxattrs_next(found, name, value, length) == 0 and name[0]:
                kept = bytes(ffi.buffer(value[0], length[0])) if length[0] else b""
                yield ffi.string(name[0]).decode("utf-8", "replace"), kept
        finally:
            self._lib.rados_getxattrs_end(found)

    def names(self, part: int = 0, parts: int = 1) -> list[str]:
        """The names of the `part`-th of `parts` of the objects; blocks, so for a thread."""
        lib, io = self._lib, self.io
        start, end = lib.rados_object_list_begin(io), lib.rados_object_list_end(io)
        # What librados writes into are cursors that exist.
        cursors = ffi.new(
            "rados_object_list_cursor[3]", [lib.rados_object_list_begin(io) for _ in range(3)]
        )
        items = ffi.new("rados_object_list_item[]", _PAGE)
        names: list[str] = []
        try:
            lib.rados_object_list_slice(io, start, end, part, parts, cursors, cursors + 1)
            while lib.rados_object_list_cursor_cmp(io, cursors[0], cursors[1]) < 0:
                count = refuse(
                    lib.rados_object_list(
                        io, cursors[0], cursors[1], _PAGE, ffi.NULL, 0, items, cursors + 2
                    ),
                    "listing",
                )
                found = (ffi.buffer(each.oid, each.oid_length)[:] for each in items[0:count])
                names += [name.decode("utf-8", "replace") for name in found]
                lib.rados_object_list_free(count, items)
                cursors[0], cursors[2] = cursors[2], cursors[0]
        finally:
            for cursor in (start, end, *cursors):
                lib.rados_object_list_cursor_free(io, cursor)
        return names


NOT_THERE = errno.ENOENT
CHANGED = frozenset({errno.ECANCELED, errno.ERANGE, errno.EOVERFLOW})
"""A condition of a change does not hold."""
LOST = frozenset({errno.ESHUTDOWN, errno.ENOTCONN})
"""The cluster wants no more of this client; a new one may be let in."""
