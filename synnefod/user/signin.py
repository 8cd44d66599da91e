"""Which cloud, and who: from options, SYNNEFO_*, OS_* and clouds.yaml, in this order."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from synnefod.user.refusals import UNREACHABLE, USAGE, Failure
from synnefod.user.wire import Wire


@frozen
class Session:
    """A signed-in user: the address of the object store, his token, his account."""

    wire: Wire
    store: str
    token: str
    user: str


def sign_in(environ: Mapping[str, str], cloud: str = "", *, at_once: int = 8) -> Session:
    """Raises Failure when nothing says how, or the cloud refuses."""
    given = _given(environ, cloud)
    verify = given.get("verify", "true") != "false"
    wire = Wire(ca=given.get("cacert") or None, verify=verify, at_once=at_once)
    identity = given["auth_url"].rstrip("/")
    for version in ("/v3", "/v2.0"):
        identity = identity.removesuffix(version)
    token = given.get("token") or _token(wire, f"{identity}/v3", given)
    told = wire.send(
        "POST",
        f"{identity}/v2.0/tokens",
        headers={"Content-Type": "application/json"},
        body=_json({"auth": {"token": {"id": token}}}),
    ).json()
    try:
        access = told["access"]
        [store] = [
            service["endpoints"][0]["publicURL"]
            for service in access["serviceCatalog"]
            if service["type"] == "object-store"
        ]
        return Session(wire, store.rstrip("/"), token, access["user"]["id"])
    except (KeyError, IndexError, TypeError, ValueError):
        raise Failure("the cloud's catalogue names no object store", UNREACHABLE) from None


def _given(environ: Mapping[str, str], cloud: str) -> dict[str, str]:
    """auth_url and either token, application_credential_*, or username and password."""
    if not cloud and environ.get("SYNNEFO_URL") and environ.get("SYNNEFO_TOKEN"):
        url = environ["SYNNEFO_URL"].rstrip("/")
        shared = {"cacert": environ.get("OS_CACERT", "")}
        return shared | {"auth_url": f"{url}/astakos/identity", "token": environ["SYNNEFO_TOKEN"]}
    if not cloud and environ.get("OS_AUTH_URL"):
        return {
            name.removeprefix("OS_").lower(): value
            for name, value in environ.items()
            if name.startswith("OS_") and value
        }
    return _from_file(environ, cloud or environ.get("OS_CLOUD", ""))


def _from_file(environ: Mapping[str, str], cloud: str) -> dict[str, str]:
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    places = [
        Path(environ.get("OS_CLIENT_CONFIG_FILE") or "clouds.yaml"),
        Path("clouds.yaml"),
        home / "openstack" / "clouds.yaml",
        Path("/etc/openstack/clouds.yaml"),
    ]
    place = next((each for each in places if each.is_file()), None)
    if place is None:
        raise Failure(
            "no cloud is named: set SYNNEFO_URL and SYNNEFO_TOKEN, or OS_AUTH_URL and the like,"
            " or write a clouds.yaml",
            USAGE,
        )
    try:
        clouds = (yaml.safe_load(place.read_text("utf-8")) or {}).get("clouds") or {}
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise Failure(f"{place}: {error}", USAGE) from None
    if not cloud and len(clouds) == 1:
        cloud = next(iter(clouds))
    if cloud not in clouds:
        names = ", ".join(sorted(clouds)) or "none"
        raise Failure(f"name one of the clouds of {place} with --cloud: {names}", USAGE)
    entry: dict[str, Any] = clouds[cloud]
    found = {str(key): str(value) for key, value in (entry.get("auth") or {}).items()}
    if entry.get("cacert"):
        found["cacert"] = str(entry["cacert"])
    if entry.get("verify") is False:
        found["verify"] = "false"
    if "auth_url" not in found:
        raise Failure(f"{place}: the cloud {cloud} has no auth_url", USAGE)
    return found


def _token(wire: Wire, v3: str, given: Mapping[str, str]) -> str:
    """A new token of Identity v3."""
    if given.get("application_credential_secret"):
        credential = {"secret": given["application_credential_secret"]}
        if given.get("application_credential_id"):
            credential["id"] = given["application_credential_id"]
        else:
            raise Failure("an application credential is named by its id", USAGE)
        identity: dict[str, Any] = {
            "methods": ["application_credential"],
            "application_credential": credential,
        }
    elif given.get("username") and given.get("password"):
        user = {
            "name": given["username"],
            "password": given["password"],
            "domain": {"name": given.get("user_domain_name", "Default")},
        }
        identity = {"methods": ["password"], "password": {"user": user}}
    else:
        raise Failure("neither a token nor a user name and password are given", USAGE)
    answer = wire.send(
        "POST",
        f"{v3}/auth/tokens",
        headers={"Content-Type": "application/json"},
        body=_json({"auth": {"identity": identity}}),
    )
    return answer.headers.get("x-subject-token", "")


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def from_here(cloud: str = "", *, at_once: int = 8) -> Session:
    """By this process's environment."""
    return sign_in(os.environ, cloud, at_once=at_once)
