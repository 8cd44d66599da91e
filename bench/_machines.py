"""Rows of many machines, as a deployment has them that has run for long: with cards and volumes."""

from __future__ import annotations

from typing import Any

from attrs import frozen

CLUSTER = "bench.localhost"


@frozen
class Machines:
    """Numbers by place. All are stopped, on one cluster, and of one owner and one flavor."""

    servers: list[int]
    ports: list[int]
    volumes: list[int]
    cpus: int
    disk: int

    def mac(self, place: int) -> str:
        return f"aa:00:00:{place >> 16 & 255:02x}:{place >> 8 & 255:02x}:{place & 255:02x}"

    def address(self, place: int) -> str:
        return f"11.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"

    @classmethod
    def made(cls, connection: Any, number: int, user: str) -> Machines:
        """Makes them in a database that a daemon has started on, past the services."""
        cursor = connection.cursor()

        def asked(sql: str, *values: Any) -> list[Any]:
            cursor.execute(sql, values)
            return list(cursor.fetchall()) if cursor.description else []

        (backend,) = asked(
            "insert into backends (name, url, username, password, mac_index, hypervisor,"
            " disk_templates, version) values (%s, 'http://127.0.0.1:1', 'u', 'x', 15, 'kvm', '[]',"
            " '3.0') on conflict (name) do update set name = excluded.name returning id",
            CLUSTER,
        )[0]
        flavor, cpus, disk, kind = asked(
            "select id, cpu, disk, volume_type from flavors order by id limit 1"
        )[0]
        (project,) = asked("select project from servers where user_id = %s limit 1", user) or [
            (user,)
        ]
        network, v4 = asked(
            "select n.id, s.id from networks n join subnets s on s.network = n.id"
            " where n.public = 1 and s.version = 4 limit 1"
        )[0]
        v6 = asked("select id from subnets where network = %s and version = 6", network)
        servers = asked(
            "insert into servers (name, user_id, project, backend, flavor, created, updated,"
            " operstate) select 'm' || n, %s, %s, %s, %s, 0, 0, 'STOPPED'"
            " from generate_series(0, %s) n returning id",
            *(user, project[0], backend, flavor, number - 1),
        )
        first = servers[0][0]
        ports = asked(
            "insert into ports (owner, project, network, server, position, mac, state, public,"
            " created, updated) select user_id, project, %s, id, 0, 'aa:00:00:' ||"
            " regexp_replace(lpad(to_hex(id - %s), 6, '0'), '(..)(..)(..)', '\\1:\\2:\\3'),"
            " 'ACTIVE', 1, 0, 0 from servers where id >= %s order by id returning id",
            *(network, first, first),
        )
        for subnet, version, address in ((v4, 4, "11."), *((row[0], 6, "fd99::") for row in v6)):
            places = "p.id - %s"
            text = (
                f"(({places}) >> 16 & 255) || '.' || (({places}) >> 8 & 255) || '.'"
                f" || (({places}) & 255)"
                if version == 4
                else f"to_hex({places})"
            )
            given = [ports[0][0]] * text.count("%s")
            asked(
                "insert into ip_addresses (network, subnet, port, owner, project, address, version,"
                f" created, updated) select p.network, %s, p.id, p.owner, p.project, %s || {text},"
                " %s, 0, 0 from ports p where p.id >= %s",
                *(subnet, address, *given, version, ports[0][0]),
            )
        volumes = asked(
            "insert into volumes (name, owner, project, size, volume_type, status, server,"
            " position, job, created, updated) select '', user_id, project, %s, %s, 'IN_USE', id,"
            " 0, 0, 0, 0 from servers where id >= %s order by id returning id",
            *(disk, kind, first),
        )
        connection.commit()
        connection.autocommit = True
        cursor.execute("vacuum analyze")
        return cls(
            [row[0] for row in servers],
            [row[0] for row in ports],
            [row[0] for row in volumes],
            cpus,
            disk,
        )
