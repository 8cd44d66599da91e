"""The brand, from the settings to the browser."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly import branding
from synnefod.assembly.doors import browser_settings, told
from synnefod.config import Config
from synnefod.config.web import Brand
from synnefod.identity.interface.life import LifeSettings
from synnefod.mail.memory import MemoryMailer
from synnefod.resources import webapp
from synnefod.resources.root import tree
from tests.harness.cloud import in_memory, web
from tests.harness.web import WebClient


class Branding(SynchronousTestCase):
    def web(self, brand: Brand) -> WebClient:
        config = replace(Config(), brand=brand)
        page = {"index.html": webapp.File("text/html", {b"": b"page"}, b'"1"', "no-cache")}
        app = webapp.WebApp(
            {**page, **branding.files(brand)}, told(config), branding.origins(brand)
        )
        return WebClient(tree([], {"/ui": app}))

    def test_own_pages_stand_in_place_of_ours_by_the_names_of_their_files(self) -> None:
        """UI-295: for people; programs are told as ever, and what has no file is ours."""
        folder = Path(self.mktemp())
        folder.mkdir()
        for status in (403, 404, 500):
            (folder / f"{status}.html").write_text(f"<h1>Lab says {status}</h1>")
        (folder / "400.html").write_text("<h1>not read</h1>")
        config = replace(Config(), brand=Brand(folder=str(folder)))
        life = LifeSettings("https://cloud.example.org/astakos/ui", moderation=False)
        cloud = in_memory(life=life, mailer=MemoryMailer())
        pages = web(cloud, browsers=browser_settings(config))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for status, method, path in (
            (403, "POST", "/astakos/ui/login"),
            (404, "GET", "/astakos/ui/login/nobody"),
            (500, "GET", "/astakos/ui/terms"),
        ):
            if status == 500:
                self.patch(type(cloud.identity.life), "terms", None)
            answer = pages.request(method, path, headers=form, body=b"a=b" if form else None)
            self.assertEqual((answer.status, answer.text), (status, f"<h1>Lab says {status}</h1>"))
            self.assertNotIn("script-src", answer.headers["content-security-policy"])
        self.assertNotEqual(self.flushLoggedErrors(), [])
        json = {**form, "Accept": "application/json"}
        answer = pages.request("POST", "/astakos/ui/login", headers=json, body=b"a=b")
        self.assertEqual(answer.status, 403)
        self.assertNotIn("Lab", answer.text)
        root = WebClient(tree([], {}, branding.error_pages(config.brand).get(404)))
        answer = root.get("/nowhere", headers={"Accept": "text/html"})
        self.assertEqual((answer.status, answer.text), (404, "<h1>Lab says 404</h1>"))
        self.assertEqual(root.get("/nowhere").json()["error"]["code"], 404)
        self.assertEqual(branding.error_pages(Brand()), {})

    def test_images_are_replaced_by_a_folder_and_one_by_one_by_address(self) -> None:
        """Files of the folder are served by their names; an address that is set wins; all words of
        the brand are told before anybody signs in (UI-293, UI-294)."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "logo.svg").write_text("<svg/>")
        (folder / "favicon.png").write_bytes(b"png")
        (folder / "secret.txt").write_text("no image")
        brand = Brand(
            company="Lab",
            company_url="https://lab.example.org/",
            folder=str(folder),
            icon="https://cdn.example.org/i.svg",
            copyright=True,
            footer="More",
            styles=("https://fonts.example.org/a.css",),
            logo_dark="/elsewhere/dark.svg",
        )
        web = self.web(brand)
        said = web.get("/ui/config.json").json()["brand"]
        self.assertEqual(
            said["images"],
            {
                "favicon": "/ui/brand/favicon.png",
                "icon": "https://cdn.example.org/i.svg",
                "logo": "/ui/brand/logo.svg",
                "logo_dark": "/elsewhere/dark.svg",
            },
        )
        self.assertEqual(
            (said["company"], said["copyright"], said["footer"]), ("Lab", True, "More")
        )
        answer = web.get("/ui/brand/logo.svg")
        self.assertEqual(
            (answer.body, answer.headers["content-type"]), (b"<svg/>", "image/svg+xml")
        )
        self.assertEqual(web.get("/ui/brand/secret.txt").body, b"page", "no file of the folder")

    def test_only_the_hosts_that_a_brand_names_may_give_images_and_styles(self) -> None:
        """By default nothing comes from another host; scripts never do (UI-293, UI-296)."""
        plain = self.web(Brand()).get("/ui/").headers["content-security-policy"]
        self.assertEqual(plain, webapp.POLICY)
        brand = Brand(logo="https://cdn.example.org/l.svg", styles=("https://fonts.example.org/f",))
        policy = self.web(brand).get("/ui/").headers["content-security-policy"]
        rules = dict(each.split(" ", 1) for each in policy.split("; "))
        for kind in ("img-src", "style-src", "font-src"):
            self.assertIn("https://cdn.example.org https://fonts.example.org", rules[kind])
        for kind in ("default-src", "script-src", "connect-src"):
            self.assertNotIn("example.org", rules[kind])
