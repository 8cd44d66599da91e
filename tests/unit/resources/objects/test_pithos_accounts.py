"""Accounts and the top level, through the Pithos mount."""

from tests.unit.resources.objects.cloud import ALICE, BOB, PITHOS, SWIFT, Cloud

HERE = f"{PITHOS}/{ALICE}"


class TopLevel(Cloud):
    def test_without_a_token_the_key_is_handed_back(self) -> None:
        """PIT-004: v1-style sign-in; a missing header is 400."""
        headers = {"X-Auth-User": ALICE, "X-Auth-Key": "alice"}
        answer = self.web.get(f"{PITHOS}/?x=1", token="", headers=headers)
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.headers["x-auth-token"], "alice")
        self.assertEqual(
            answer.headers["x-storage-url"], f"http://cloud.example.org{PITHOS}/{ALICE}"
        )
        del headers["X-Auth-Key"]
        self.assertEqual(self.web.get(f"{PITHOS}/", token="", headers=headers).status, 400)

    def test_accounts_that_share_with_me_are_listed(self) -> None:
        """PIT-034, PIT-035, PIT-036: text, JSON and 204 when nobody does."""
        self.assertEqual(self.web.get(f"{PITHOS}/", token="bob").status, 204)
        self.assertEqual(self.web.get(f"{PITHOS}/?format=json", token="bob").json(), [])
        self.container("c")
        self.upload("c/o", b"x", {"X-Object-Sharing": f"read={BOB}"})
        self.upload("c/all", b"x", {"X-Object-Sharing": "read=*"})
        answer = self.web.get(f"{PITHOS}/", token="bob")
        self.assertEqual((answer.status, answer.text), (200, f"{ALICE}\n"))
        (entry,) = self.web.get(f"{PITHOS}/?format=json", token="bob").json()
        self.assertEqual(entry["name"], ALICE)
        self.assertEqual(set(entry), {"name", "last_modified"})

    def test_my_own_account_is_never_listed(self) -> None:
        """PIT-037."""
        self.container("c")
        self.upload("c/all", b"x", {"X-Object-Sharing": "read=*"})
        self.assertEqual(self.web.get(f"{PITHOS}/").status, 204)

    def test_the_marker_is_exclusive(self) -> None:
        """PIT-038: an unknown marker does not restart the list."""
        self.container("c")
        self.upload("c/o", b"x", {"X-Object-Sharing": f"read={BOB}"})
        for marker in (ALICE, "zzz"):
            answer = self.web.get(f"{PITHOS}/?marker={marker}", token="bob")
            self.assertEqual(answer.status, 204)

    def test_only_get_is_known_here(self) -> None:
        """PIT-005."""
        answer = self.web.put(f"{PITHOS}/")
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["allow"], "GET")
        self.assertEqual(answer.json()["notAllowed"]["code"], 405)

    def test_the_manuals_spelling_is_served_and_nothing_beside_it(self) -> None:
        self.assertEqual(self.web.head(f"/pithos/object-store/v1.0/{ALICE}").status, 204)
        for path in ("/pithos/object-store", "/pithos/object-store/v2", "/pithos/object-store/x/y"):
            answer = self.web.get(path, token="")
            self.assertEqual((answer.status, list(answer.json())), (400, ["badRequest"]))


class Tokens(Cloud):
    def test_the_query_parameter_wins_over_the_header(self) -> None:
        """PIT-001."""
        path = f"{PITHOS}/{ALICE}"
        self.assertEqual(self.web.head(f"{path}?X-Auth-Token=alice", token="bad").status, 204)
        self.assertEqual(self.web.head(f"{path}?X-Auth-Token=bad", token="alice").status, 401)
        answer = self.web.get(path, token="")
        self.assertEqual((answer.status, list(answer.json())), (401, ["unauthorized"]))

    def test_a_refused_token_is_a_plain_fault(self) -> None:
        """PIT-002."""
        answer = self.web.get(f"{PITHOS}/{ALICE}", token="bad")
        self.assertEqual((answer.status, list(answer.json())), (401, ["fault"]))
        answer = self.web.get(f"{PITHOS}/", token="bad")
        self.assertEqual((answer.status, list(answer.json())), (401, ["fault"]))


class Accounts(Cloud):
    def test_the_first_access_makes_the_account(self) -> None:
        """PIT-039, PIT-042: HEAD is 204 with counts."""
        answer = self.web.head(f"{PITHOS}/{ALICE}")
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.headers["x-account-container-count"], "0")
        self.assertEqual(answer.headers["x-account-bytes-used"], "0")
        self.assertIn("last-modified", answer.headers)

    def test_no_answer_is_to_be_kept(self) -> None:
        """PIT-017, PIT-238."""
        for answer in (self.web.head(f"{PITHOS}/{ALICE}"), self.web.get(f"{PITHOS}/{BOB}")):
            self.assertEqual(
                answer.headers["cache-control"],
                "no-cache, no-store, must-revalidate, max-age=0",
            )
            self.assertEqual(answer.headers["vary"], "X-Auth-Token")
            self.assertEqual(answer.headers["x-trans-id"], answer.headers["x-openstack-request-id"])
            self.assertRegex(answer.headers["x-trans-id"], r"^tx[0-9a-f]{21}-[0-9a-f]{10}$")

    def test_somebody_elses_account_is_forbidden_until_he_shares(self) -> None:
        """PIT-043, PIT-055: then only its date is shown."""
        path = f"{PITHOS}/{ALICE}"
        self.assertEqual(self.web.head(path, token="bob").status, 403)
        self.assertEqual(self.web.post(path, token="bob").status, 403)
        self.container("c")
        self.upload("c/o", b"x", {"X-Object-Sharing": f"read={BOB}"})
        answer = self.web.head(path, token="bob")
        self.assertEqual(answer.status, 204)
        self.assertEqual([n for n in answer.headers if n.startswith("x-account")], [])
        self.assertIn("last-modified", answer.headers)

    def test_metadata_is_replaced_or_with_update_merged(self) -> None:
        """PIT-050, PIT-010, PIT-011."""
        path = f"{PITHOS}/{ALICE}"

        def metadata() -> dict[str, str]:
            headers = self.web.head(path).headers
            return {n: v for n, v in headers.items() if n.startswith("x-account-meta")}

        first = {"X-Account-Meta-a_b": "1", "X-Account-Meta-C": "2"}
        self.assertEqual(self.web.post(path, headers=first).status, 202)
        self.assertEqual(metadata(), {"x-account-meta-a-b": "1", "x-account-meta-c": "2"})
        change = {"X-Account-Meta-C": "~", "X-Account-Meta-D": "4"}
        self.web.post(f"{path}?update", headers=change)
        self.assertEqual(metadata(), {"x-account-meta-a-b": "1", "x-account-meta-d": "4"})
        self.web.post(path)
        self.assertEqual(metadata(), {})

    def test_groups_are_set_replaced_and_deleted(self) -> None:
        """PIT-051, PIT-052, PIT-053."""
        path = f"{PITHOS}/{ALICE}"

        def groups() -> dict[str, str]:
            headers = self.web.head(path).headers
            return {n[16:]: v for n, v in headers.items() if n.startswith("x-account-group")}

        self.web.post(path, headers={"X-Account-Group-Dev": f" {BOB} ,{BOB}"})
        self.assertEqual(groups(), {"dev": BOB})
        self.web.post(f"{path}?update", headers={"X-Account-Group-Ops": f"{BOB},{ALICE}"})
        self.assertEqual(set(groups()), {"dev", "ops"})
        self.web.post(path, headers={"X-Account-Meta-A": "1"})
        self.assertEqual(set(groups()), {"dev", "ops"})
        self.web.post(f"{path}?update", headers={"X-Account-Group-Ops": "~"})
        self.assertEqual(set(groups()), {"dev"})
        for name in ("a-b", "a_b"):
            answer = self.web.post(path, headers={f"X-Account-Group-{name}": BOB})
            self.assertEqual(answer.status, 400)

    def test_groups_are_limited(self) -> None:
        """PIT-054."""
        path = f"{PITHOS}/{ALICE}"
        for headers in (
            {"X-Account-Group-g": ",".join(f"m{n}" for n in range(33))},
            {"X-Account-Group-g": "m" * 257},
            {f"X-Account-Group-g{n}": BOB for n in range(33)},
        ):
            self.assertEqual(self.web.post(path, headers=headers).status, 400)

    def test_containers_are_listed_in_three_formats(self) -> None:
        """PIT-045, PIT-046, PIT-032, PIT-014."""
        path = f"{PITHOS}/{ALICE}"
        self.assertEqual(self.web.get(path).status, 204)
        for name in ("b", "a", "c"):
            self.container(name)
        self.upload("a/o", b"12345")
        answer = self.web.get(path)
        self.assertEqual(answer.text, "a\nb\nc\n")
        self.assertEqual(answer.headers["content-type"], "text/plain; charset=UTF-8")
        self.assertEqual(answer.headers["x-account-container-count"], "3")
        first = self.web.get(f"{path}?format=json&limit=1").json()
        self.assertEqual([entry["name"] for entry in first], ["a"])
        self.assertEqual((first[0]["count"], first[0]["bytes"]), (1, 5))
        self.assertEqual(set(first[0]["x_container_policy"]), {"quota", "versioning", "project"})
        self.assertRegex(
            first[0]["last_modified"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$"
        )
        rest = self.web.get(f"{path}?marker=a", headers={"Accept": "application/json"}).json()
        self.assertEqual([entry["name"] for entry in rest], ["b", "c"])
        xml = self.web.get(f"{path}?format=xml").text
        self.assertIn(f'<account name="{ALICE}"><container><name>a</name>', xml)
        self.assertIn("<x_container_policy><key>quota</key>", xml)

    def test_nonsense_parameters_count_as_absent(self) -> None:
        """PIT-021, PIT-022."""
        self.container("a")
        for query in ("limit=x", "limit=-1", "limit=0", "until=1.5", "until=-1", "format=yaml"):
            self.assertEqual(self.web.get(f"{PITHOS}/{ALICE}?{query}").text, "a\n")
        self.assertEqual(self.web.get(f"{PITHOS}/{ALICE}?until=99999999999999999999").text, "a\n")

    def test_unknown_methods_name_the_known_ones(self) -> None:
        """PIT-006, PIT-055."""
        for method in ("PUT", "DELETE", "PATCH"):
            answer = self.web.request(method, f"{PITHOS}/{ALICE}")
            self.assertEqual(answer.status, 405)
            self.assertEqual(answer.headers["allow"], "HEAD,POST,GET")

    def test_dates_decide_whether_the_account_is_sent(self) -> None:
        """PIT-025, PIT-020."""
        path = f"{PITHOS}/{ALICE}"
        date = self.web.head(path).headers["last-modified"]
        self.assertEqual(self.web.get(path, headers={"If-Modified-Since": date}).status, 304)
        old = "Sunday, 06-Nov-94 08:49:37 GMT"
        self.assertEqual(self.web.get(path, headers={"If-Modified-Since": old}).status, 204)
        self.assertEqual(self.web.get(path, headers={"If-Unmodified-Since": old}).status, 412)
        self.assertEqual(self.web.get(path, headers={"If-Unmodified-Since": "soon"}).status, 204)

    def test_bad_headers_are_refused(self) -> None:
        """PIT-008, PIT-009."""
        for headers in (
            {"X-Account-Meta-A": "%f2"},
            {"X-Account-Meta-A": b"\xc3\xa9"},
            {"X-Account-Meta-A": b"\xff"},
        ):
            answer = self.web.post(f"{PITHOS}/{ALICE}", headers=headers)
            self.assertEqual((answer.status, list(answer.json())), (400, ["badRequest"]))

    def test_an_unreadable_accept_header_is_no_accident(self) -> None:
        """PIT-009: a byte that is not ASCII is refused on Pithos; Swift finds no format in it."""
        for path, status in ((HERE, 400), (f"{PITHOS}/none", 400), (f"{SWIFT}/none", 406)):
            answer = self.web.get(path, headers={"Accept": b"\xff"})
            self.assertEqual(answer.status, status)

    def test_faults_are_xml_when_xml_is_asked_for(self) -> None:
        """PIT-016."""
        answer = self.web.get(f"{PITHOS}/{BOB}?format=xml")
        self.assertEqual(answer.status, 403)
        self.assertIn('<forbidden code="403">', answer.text)
