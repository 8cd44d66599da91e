"""Makes `twistd synnefod` known to Twisted."""

from twisted.application.service import ServiceMaker

synnefod = ServiceMaker(  # type: ignore[no-untyped-call]
    "synnefod",
    "synnefod.tap",
    "A cloud's control plane and object store: Synnefo's and OpenStack's APIs on Ganeti clusters.",
    "synnefod",
)
