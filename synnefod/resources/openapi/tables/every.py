"""All tables as one."""

from __future__ import annotations

from attrs import frozen

from synnefod.resources.openapi.said import Operations, Said, Table
from synnefod.resources.openapi.tables import (
    account,
    cinder,
    cloud,
    cyclades,
    identity,
    image,
    keystone,
    network,
    neutron,
    nova,
    nova_others,
    pithos,
    swift,
    volume,
)

TABLE: Table = {
    function: said
    for table in (
        account.SAID,
        cinder.SAID,
        cloud.SAID,
        cyclades.SAID,
        identity.SAID,
        image.SAID,
        keystone.SAID,
        network.SAID,
        neutron.SAID,
        nova.SAID,
        nova_others.SAID,
        pithos.SAID,
        swift.SAID,
        volume.SAID,
    )
    for function, said in table.items()
}
OPERATIONS: Operations = {**pithos.OPERATIONS, **swift.OPERATIONS}


@frozen
class Verbs:
    """The administrator's verbs, which all answer alike."""

    package: str
    said: Said


VERBS = Verbs("synnefod.resources.ops.control", cloud.VERB)
