"""What OpenStack's acceptance tests of machines, images and volumes stand on: settings, people,
flavors, two images, and what Tempest is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.harness.daemon import Daemon
from tests.harness.tempest import configure

SETTINGS: dict[str, dict[str, Any]] = {
    "limits": {"token_rate": 0.0, "server_creates": 0.0, "server_actions": 0.0},
    "dispatcher": {"poll_fast": 0.5},
    "volumes": {"snapshots_need_force": True},
}
CONF = """\
[compute]
build_timeout = 300
image_ref = {image}
image_ref_alt = {image_alt}
flavor_ref = {flavor}
flavor_ref_alt = {flavor_alt}
min_microversion = 2.1
max_microversion = 2.60
[compute-feature-enabled]
change_password = false
cold_migration = false
config_drive = false
console_output = true
interface_attach = true
live_migration = false
metadata_service = false
pause = false
personality = true
rescue = true
resize = true
shelve = false
snapshot = true
suspend = false
vnc_console = true
[validation]
run_validation = false
[image]
build_timeout = 300
container_formats = bare
disk_formats = raw
[image-feature-enabled]
image_format_enforcement = false
import_image = true
os_glance_reserved = false
[network]
public_network_id = 1
[network-feature-enabled]
floating_ips = true
[volume]
build_timeout = 300
catalog_type = block-storage
volume_size = 1
vendor_name = synnefod
storage_protocol = ext_archipelago
[volume-feature-enabled]
backup = false
clone = true
extend_attached_volume = false
multi_backend = false
snapshot = true
"""
PLENTY = (
    "cyclades.vm",
    "cyclades.cpu",
    "cyclades.total_cpu",
    "cyclades.network.private",
    "cyclades.floating_ip",
)


def prepare(folder: Path, daemon: Daemon) -> None:
    """Accounts, limits that tests in a row do not reach, a second image and flavor."""
    configure(folder, daemon, people=6, neutron=True, machines=True)
    limits = [word for name in PLENTY for word in ("--limit", name, "1000", "1000")]
    for name in ("cyclades.disk", "cyclades.ram", "cyclades.total_ram", "pithos.diskspace"):
        limits += ["--limit", name, str(1 << 43), str(1 << 43)]
    daemon.manage("project-modify", "--all-system-projects", *limits)
    image = daemon.openstack("image", "list", user="admin")[0]["ID"]
    raw = folder / "alt.raw"
    raw.write_bytes(b"another disk".ljust(1 << 20, b"\0"))
    words = ("--disk-format", "raw", "--container-format", "bare", "--public", "alt")
    alt = daemon.openstack("image", "create", "--file", str(raw), *words, user="admin")["id"]
    daemon.manage("flavor-create", "2", "768", "1", "1")
    flavors = daemon.openstack("flavor", "list", user="admin")
    small, other = sorted(flavors, key=lambda each: (each["Disk"], each["RAM"]))[:2]
    said = {"image": image, "image_alt": alt, "flavor": small["ID"], "flavor_alt": other["ID"]}
    with (folder / "tempest.conf").open("a", encoding="utf-8") as conf:
        conf.write(CONF.format(**said))
