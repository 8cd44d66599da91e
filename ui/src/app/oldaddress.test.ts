import { expect, it } from "vitest";
import { placeOfFragment, placeOfPath } from "./oldaddress";

it("old addresses lead to where the thing is now", () => {
  for (const [old, now] of [
    ["#machines/icon/", "/servers?view=cards"],
    ["#machines/list/", "/servers?view=table"],
    ["#machines/single/details/42", "/servers/42"],
    ["#disks/", "/volumes"],
    ["#networks/", "/networks"],
    ["#ips/", "/addresses"],
    ["#public-keys/", "/keys"],
  ] as const) {
    expect(placeOfFragment(old), old).toBe(now);
  }
  expect(placeOfFragment("#main")).toBeNull();
  for (const [old, now] of [
    ["/containers/pithos/a/b", "/files/pithos/a/b"],
    ["/shared/accounts/u1/c/x", "/shared/u1/c/x"],
    ["/landing", "/"],
    ["/profile", "/account/profile"],
    ["/api_access", "/account/access"],
    ["/resources", "/usage"],
    ["/feedback", "/contact"],
  ] as const) {
    expect(placeOfPath(old), old).toBe(now);
  }
  expect(placeOfPath("/servers")).toBeNull();
});
