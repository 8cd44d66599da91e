"""synnefod: a cloud control plane and object store in one Twisted daemon."""

VERSION = "0.1.0"
