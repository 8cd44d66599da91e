"""Known answers of object-storage.md 2.4: block hashes, Merkle roots and MD5s of contents."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

BS = 4 * 1024 * 1024


def pattern(size: int) -> bytes:
    """`size` bytes, byte i being i mod 251."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@frozen
class Vector:
    name: str
    content: Callable[[], bytes]
    size: int
    hashes: tuple[str, ...]
    root: str
    md5: str


VECTORS = (
    Vector(
        "E0",
        lambda: b"",
        0,
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "d41d8cd98f00b204e9800998ecf8427e",
    ),
    Vector(
        "E1",
        lambda: b"a",
        1,
        ("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",),
        "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "0cc175b9c0f1b6a831c399e269772661",
    ),
    Vector(
        "E2",
        lambda: bytes(1),
        1,
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "93b885adfe0da089cdf634904fd59f71",
    ),
    Vector(
        "E3",
        lambda: pattern(BS),
        4194304,
        ("a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa",),
        "a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa",
        "aad8b8e4d120d0df7a7fda991d5dab03",
    ),
    Vector(
        "E4",
        lambda: pattern(BS + 1),
        4194305,
        (
            "a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa",
            "74cd9ef9c7e15f57bdad73c511462ca65cb674c46c49639c60f1b44650fa1dcb",
        ),
        "4a6cc0a344febaa07772e7c974834b2fb1d24594d4ba15f27c97a54699709f44",
        "31244b258b16e75cdf5fd63f0c98f8c6",
    ),
    Vector(
        "E5",
        lambda: pattern(10 << 20),
        10485760,
        (
            "a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa",
            "9889e2ef8bd7d8fea5ef99243b7784ecd8deaf613bdb7a6c0b3ac56f23078303",
            "b249e6e10bdafb74eb144908fe3f2b605628c2f5c94add2e253c28927b61ee13",
        ),
        "ffb8f2e126cbc0906a67a11af263f2f82ad2a4e048bae52643aa50d22b188bf9",
        "d9a6fbf6e6dbdfe64365f218c62dbcd7",
    ),
    Vector(
        "E6",
        lambda: b"abc" + bytes(5),
        8,
        ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "52e5c6ad4b9fff9500f0d933599d0094",
    ),
    Vector(
        "E7",
        lambda: bytes(BS),
        4194304,
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "b5cfa9d6c8febd618f91ac2843d50a1c",
    ),
    Vector(
        "E8",
        lambda: bytes(6 << 20),
        6291456,
        (
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        "2dba5dbc339e7316aea2683faf839c1b7b1ee2313db792112588118df066aa35",
        "da6a0d097e307ac52ed9b4ad551801fc",
    ),
    Vector(
        "E9",
        lambda: pattern(BS - 16) + bytes(16) + pattern(1000),
        4195304,
        (
            "40e29c0c650a780b5ff2b94a8fc33981485f4dbbc90217401a7028b7c64632ef",
            "4e4c294b331f7a2099a379bec34b9f9fc03dc46ab465d998f4d683da53487e6d",
        ),
        "3b90813bb80c68e974040ba9796512c457da4b5bf049bb24700e8a3f668ed4e0",
        "823c4c78ebd2004249eb0e37287598fb",
    ),
    Vector(
        "E10",
        lambda: pattern(20 << 20),
        20971520,
        (
            "a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa",
            "9889e2ef8bd7d8fea5ef99243b7784ecd8deaf613bdb7a6c0b3ac56f23078303",
            "9e71a755f5f5dd17baec26a925704f8534e8bf563e39a6544b1e078ad3818825",
            "4ba5a8c3b43153b96cdb119a8c56dc0fa14931963f667dd02b6c9848945d6ed8",
            "da8c0f5e302fda68158e9ba32f06cbe2c06331da0bdace749148e7a83022f37b",
        ),
        "b58685a9d5adec0254584b4a01bf4d83406e80f5c5c3abfa51a7cdbfb521f303",
        "e70bc48cb097f4e3363c57c40f66a732",
    ),
)
