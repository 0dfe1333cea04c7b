import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Flow } from "@/core/flow/document";
import { byUseCase } from "./useCases";

const LIBRARY = join(import.meta.dirname, "../../../flows/library");

test("each flow of the library stands with its use case, what calls before what is called", () => {
  const templates = readdirSync(LIBRARY)
    .filter((file) => file.endsWith(".flow.json"))
    .map((file) => ({
      name: file.replace(".flow.json", ""),
      flow: JSON.parse(readFileSync(join(LIBRARY, file), "utf8")) as Flow,
    }));
  const groups = byUseCase(templates).map(({ name, items }) => [name, items.map((t) => t.name)]);
  expect(groups).toEqual([
    ["Alert triage", ["alert-triage", "edr-alert-triage", "triage-batch", "score-alert"]],
    [
      "Phishing",
      [
        ...["abuse-mailbox", "mail-security-alerts", "phishing-case", "phishing-triage"],
        ...["detonate-attachment", "pull-mail"],
      ],
    ],
    ["Threat hunting", ["threat-hunt"]],
    [
      "Incident response",
      ["critical-case", "incident-response", "contain-case", "disable-account", "enrich-case"],
    ],
    ["Vulnerability correlation", ["vulnerability-correlation"]],
    [
      "Endpoints",
      ["contain-host", "endpoint-alert", "endpoint-alerts", "contain-endpoint", "release-endpoint"],
    ],
    ["Cloud compliance", ["cloud-compliance", "public-bucket"]],
    ["Certificates", ["certificate-renewal", "certificate-watch", "certificates"]],
    ["Shared steps and others", ["ask-the-owner", "nightly-check", "enrich-indicator", "notify-owner"]],
  ]);
});
