"""What programs written with OpenStack's Python libraries do; run as a program against a cloud that
the environment names. Prints one JSON object of what it saw."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any


def until(what: str, probe: Callable[[], Any]) -> Any:
    """The first true value of `probe()`."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        value = probe()
        if value:
            return value
        time.sleep(0.3)
    raise AssertionError(f"not in time: {what}")


def session() -> Any:
    from keystoneauth1 import loading
    from keystoneauth1.session import Session

    names = ("username", "password", "project_name", "user_domain_name", "project_domain_name")
    given = {name: os.environ[f"OS_{name.upper()}"] for name in names}
    auth = loading.get_plugin_loader("password").load_from_options(
        auth_url=os.environ["OS_AUTH_URL"], **given
    )
    return Session(auth)


def with_the_project_clients() -> dict[str, Any]:
    """novaclient, cinderclient and glanceclient: a server on a volume of an image."""
    from cinderclient.client import Client as Cinder
    from glanceclient import Client as Glance
    from novaclient.client import Client as Nova
    from novaclient.exceptions import NotFound

    nova = Nova("2.60", session=session())
    cinder, glance = Cinder("3", session=session()), Glance("2", session=session())
    (image,) = glance.images.list()
    flavor = nova.flavors.list()[0]
    volume = cinder.volumes.create(flavor.disk, name="root", imageRef=image["id"])
    mapping = {"uuid": volume.id, "source_type": "volume", "destination_type": "volume",
               "boot_index": 0, "delete_on_termination": False}  # fmt: skip
    server = nova.servers.create(
        "s1", None, flavor, block_device_mapping_v2=[mapping], nics="none", meta={"a": "b"}
    )
    active = until("active", lambda: _is(nova.servers.get(server.id), "ACTIVE"))
    server.lock()
    locked = nova.servers.get(server.id).locked
    server.unlock()
    taken = server.create_image("i1")
    until("image", lambda: glance.images.get(taken)["status"] == "active")
    server.delete()

    def gone() -> bool:
        try:
            nova.servers.get(server.id)
        except NotFound:
            return True
        return False

    until("gone", gone)
    until("kept", lambda: cinder.volumes.get(volume.id).status == "available")
    glance.images.delete(taken)
    return {"metadata": active.metadata, "locked": locked, "image": active.image}


def _is(server: Any, status: str) -> Any:
    return server if server.status == status else None


def with_libcloud() -> dict[str, Any]:
    """A node made, found, stopped and destroyed."""
    from libcloud.compute.providers import get_driver
    from libcloud.compute.types import Provider

    driver = get_driver(Provider.OPENSTACK)(
        os.environ["OS_USERNAME"],
        os.environ["OS_PASSWORD"],
        ex_force_auth_url=os.environ["OS_AUTH_URL"].removesuffix("/v3"),
        ex_force_auth_version="3.x_password",
        ex_tenant_name=os.environ["OS_PROJECT_NAME"],
        ex_domain_name=os.environ["OS_USER_DOMAIN_NAME"],
        ex_force_service_region=os.environ["OS_REGION_NAME"],
        api_version="2.2",
    )
    size = driver.list_sizes()[0]
    image = driver.list_images()[0]
    node = driver.create_node(name="n1", size=size, image=image)
    running = until(
        "running", lambda: next((n for n in driver.list_nodes() if n.state == "running"), None)
    )
    volume = driver.create_volume(1, "v1")
    driver.destroy_volume(volume)
    driver.destroy_node(node)
    until("destroyed", lambda: not driver.list_nodes())
    return {"name": running.name, "addresses": bool(running.public_ips + running.private_ips)}


def with_the_sdk() -> dict[str, Any]:
    """openstacksdk: a server with an extra volume, and what its cloud lets it have."""
    import openstack

    cloud: Any = openstack.connect()
    (image,) = cloud.image.images()
    flavor = next(iter(cloud.compute.flavors()))
    server = cloud.compute.create_server(
        name="s1", image_id=image.id, flavor_id=flavor.id, networks="none"
    )
    server = cloud.compute.wait_for_server(server, wait=120)
    volume = cloud.block_storage.create_volume(name="v1", size=1)
    cloud.compute.create_volume_attachment(server, volume_id=volume.id)
    until("attached", lambda: cloud.block_storage.get_volume(volume.id).status == "in-use")
    quota = cloud.compute.get_quota_set(cloud.current_project_id)
    cloud.compute.delete_server(server)
    cloud.compute.wait_for_delete(server, wait=120)
    kept = until("kept", lambda: cloud.block_storage.get_volume(volume.id).status == "available")
    return {"status": server.status, "instances": quota.instances, "kept": kept}


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "clients": with_the_project_clients(),
                "sdk": with_the_sdk(),
                "libcloud": with_libcloud(),
            }
        )
    )
