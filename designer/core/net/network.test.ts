import { expect, test } from "vitest";
import { networkWarning, rangeOf } from "./network";

test.each(["10.20.0.0/16", "10.0.0.1/32", "0.0.0.0/0", "fd00::/8", "::1/128", "2001:db8:0:0:0:0:0:0/32"])(
  "%s is a network",
  (cidr) => expect(rangeOf(cidr)).toBeDefined(),
);

test.each([
  "10.20.0.1/16",
  "10.20.0/16",
  "10.20.0.0",
  "10.20.0.0/33",
  "256.0.0.0/8",
  "fd00::1/8",
  "::::/8",
  "010.0.0.0/8",
])("%s is none", (cidr) => expect(rangeOf(cidr)).toBeUndefined());

test.each([
  ["127.0.0.1/32", /this machine itself/],
  ["127.0.0.0/8", /this machine itself/],
  ["::1/128", /this machine itself/],
  ["169.254.169.254/32", /metadata/],
  ["169.254.0.0/16", /metadata/],
  ["169.254.1.0/24", /link-local/],
  ["fe80::/10", /link-local/],
  ["0.0.0.0/0", /every address/],
  ["::/0", /every address/],
])("%s is warned of", (cidr, why) => {
  expect(networkWarning(cidr)).toMatch(why);
});

test.each(["10.0.0.0/8", "192.168.1.0/24", "fd12::/16", "203.0.113.0/24"])("%s is not", (cidr) => {
  expect(networkWarning(cidr)).toBeUndefined();
});
