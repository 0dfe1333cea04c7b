import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Answer, fakeServer, openPage, VIEWER } from "@/test/pages";
import { handOver } from "@/ui/handover";

const OLD = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11";
const FRESH = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c22";

const PLAN = {
  id: "p1",
  applicable: true,
  items: [
    {
      file: "triage.flow.json",
      flowId: OLD,
      name: "Phishing triage",
      status: "changed",
      local: { revision: 4, version: 2 },
      choices: ["theirs", "mine", "copy"],
      choice: "mine",
      changes: [
        {
          kind: "changed",
          what: "node",
          id: "look",
          name: "Look it up",
          fields: [{ pointer: "/with/value", before: "{{ item.old }}", after: "{{ item.value }}" }],
        },
      ],
    },
    {
      file: "hunt.flow.json",
      flowId: FRESH,
      name: "Hunt",
      status: "new",
      local: null,
      choices: ["theirs", "mine", "copy"],
      choice: "theirs",
      changes: [],
    },
  ],
  missing: {
    connectors: [{ id: "msgraph", version: "1.2.0", flows: [OLD] }],
    credentials: [{ alias: "scanner", type: "urlscan.apiKey", flows: [FRESH] }],
  },
  problems: [],
};

const APPLIED = {
  importId: "i1",
  flows: [
    { flowId: OLD, id: OLD, revision: 5, result: "updated" },
    { flowId: FRESH, id: FRESH, revision: 1, result: "created" },
  ],
};

function file(name: string, content: string | Uint8Array<ArrayBuffer> = "{}"): File {
  const made = new File([content], name, { type: "application/json" });
  // jsdom's File has no arrayBuffer().
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return Object.assign(made, { arrayBuffer: async () => bytes.buffer });
}

function drop(...files: File[]): void {
  const dataTransfer = { types: ["Files"], files, items: [] };
  const page = screen.getByTestId("drop-target");
  fireEvent.dragEnter(page, { dataTransfer });
  fireEvent.drop(page, { dataTransfer });
}

async function openWithPlan(routes: Parameters<typeof fakeServer>[0] = {}) {
  const calls = fakeServer({
    "GET /flows": { items: [] },
    "POST /import/plans": new Answer(201, PLAN),
    "POST /import/plans/p1/apply": APPLIED,
    ...routes,
  });
  openPage("/import");
  await screen.findByText(/Drop flow files or bundles/);
  drop(file("triage.flow.json", '{"a":1}'), file("hunt.flow.json"));
  return { calls, user: userEvent.setup() };
}

test("dropped files become a plan that changes nothing by itself", async () => {
  const { calls } = await openWithPlan();
  const item = await screen.findByRole("region", { name: "Phishing triage" });
  expect(within(item).getByRole("radio", { name: "Keep mine" })).toBeChecked();
  const row = within(item).getByRole("row", { name: /with\/value/ });
  expect(row).toHaveTextContent("{{ item.old }}");
  expect(row).toHaveTextContent("{{ item.value }}");
  expect(screen.getByTestId("missing")).toHaveTextContent("msgraph 1.2.0 for Phishing triage");
  expect(screen.getByTestId("missing")).toHaveTextContent("scanner of type urlscan.apiKey for Hunt");
  expect(screen.getByTestId("outcome")).toHaveTextContent("1 flow added, 1 left as it is");
  expect(calls.filter((c) => c.method === "POST").map((c) => c.path)).toEqual(["/import/plans"]);
  expect(calls.at(-1)?.body).toEqual({
    format: "drawbridge.files/1",
    files: [
      { name: "triage.flow.json", content: '{"a":1}' },
      { name: "hunt.flow.json", content: "{}" },
    ],
  });
});

test("what was chosen is applied, shown with links, and rolled back", async () => {
  const { calls, user } = await openWithPlan({ "POST /import/i1/rollback": {} });
  const item = await screen.findByRole("region", { name: "Phishing triage" });
  await user.click(within(item).getByRole("radio", { name: "Take theirs" }));
  expect(screen.getByTestId("outcome")).toHaveTextContent("1 flow added, 1 draft replaced");
  await user.click(screen.getByRole("button", { name: "Import 2 flows" }));

  const result = await screen.findByTestId("import-done");
  // A second Enter takes nothing back.
  expect(within(result).getByRole("heading", { name: "Imported" })).toHaveFocus();
  expect(screen.queryByTestId("import-summary")).not.toBeInTheDocument();
  expect(calls.find((c) => c.path.endsWith("/apply"))?.body).toEqual({
    choices: { [OLD]: "theirs", [FRESH]: "theirs" },
  });
  expect(within(result).getByRole("link", { name: "Phishing triage" })).toHaveAttribute(
    "href",
    `/flows/${OLD}`,
  );

  await user.click(within(result).getByRole("button", { name: "Roll back" }));
  expect(await screen.findByText("The import is rolled back")).toBeVisible();
  expect(within(result).getByText("gone again")).toBeVisible();
  expect(within(result).queryByRole("link", { name: "Hunt" })).not.toBeInTheDocument();
});

test("a plan that went stale is made again from the same files", async () => {
  const { calls, user } = await openWithPlan({
    "POST /import/plans/p1/apply": new Answer(409, { title: "Something changed since the plan was made" }),
  });
  await user.click(await screen.findByRole("button", { name: "Import 1 flow" }));
  await user.click(await screen.findByRole("button", { name: "Plan again" }));
  await waitFor(() => expect(calls.filter((c) => c.path === "/import/plans")).toHaveLength(2));
  expect(calls.filter((c) => c.path === "/import/plans")[1]?.body).toEqual(
    calls.find((c) => c.path === "/import/plans")?.body,
  );
});

test("problems are shown with their places and stop the import", async () => {
  const problem = {
    code: "json",
    severity: "error",
    file: "broken.flow.json",
    pointer: "",
    line: 14,
    column: 7,
    message: "A comma was expected",
    fix: "Put one at the end of line 13",
  };
  await openWithPlan({
    "POST /import/plans": new Answer(201, { ...PLAN, applicable: false, problems: [problem] }),
  });
  const row = within(await screen.findByTestId("problems")).getByRole("row", { name: /comma/ });
  expect(row).toHaveTextContent("Error");
  expect(row).toHaveTextContent("broken.flow.json");
  expect(row).toHaveTextContent("14:7");
  expect(row).toHaveTextContent("Put one at the end of line 13");
  expect(screen.getByRole("button", { name: "Import 1 flow" })).toBeDisabled();
});

test("what comes of several files is one sentence, and of each file it is told why", async () => {
  const problem = (file: string, severity: string) => ({
    ...{ code: "json", severity, file, pointer: "", line: 1, column: 1, message: `Of ${file}` },
  });
  const problems = [problem("hunt.flow.json", "error"), problem("triage.flow.json", "warning")];
  const items = PLAN.items.map((i) => ({ ...i, file: "triage.flow.json" }));
  const of = (applicable: boolean, flows = items) => ({
    "POST /import/plans": new Answer(201, { ...PLAN, applicable, problems, items: flows }),
  });
  await openWithPlan(of(false));
  const card = await screen.findByTestId("import-summary");
  expect(within(card).getByRole("status")).toHaveTextContent(
    "Nothing is imported as long as 1 of the 2 files can’t be: mend it, or drop the others alone.",
  );
  const rows = within(card)
    .getAllByRole("listitem")
    .map((row) => row.textContent);
  expect(rows).toEqual([
    "triage.flow.jsonReady to import: 1 warning",
    "hunt.flow.jsonCan’t be imported: 1 error",
  ]);
  // Nothing else on the page says anything else.
  expect(document.body).not.toHaveTextContent(/flows can be imported/);
  expect(document.body).not.toHaveTextContent(/Nothing can be imported while/);
});

test("files with errors that only keep them from being published are said to be imported", async () => {
  const error = { code: "x", severity: "error", pointer: "", line: 1, column: 1, message: "Of it" };
  const [first] = PLAN.items;
  const items = ["triage.flow.json", "hunt.flow.json"].map((file) => ({ ...first, file }));
  const problems = [{ ...error, file: "hunt.flow.json" }];
  await openWithPlan({ "POST /import/plans": new Answer(201, { ...PLAN, items, problems }) });
  expect(within(await screen.findByTestId("import-summary")).getByRole("status")).toHaveTextContent(
    "Both files can be imported as drafts; the errors of 1 of them are to be mended before publishing.",
  );
});

test("a hundred consequences do not bury their cause, and expressions keep their caret", async () => {
  const problem = (i: number) => ({
    code: "expression",
    severity: "error",
    file: "broken.flow.json",
    pointer: "",
    line: i,
    column: 1,
    message: `problem ${i}.\n{{ steps.x }}\n   ^`,
  });
  const problems = Array.from({ length: 60 }, (_, i) => problem(i + 1));
  await openWithPlan({ "POST /import/plans": new Answer(201, { ...PLAN, applicable: false, problems }) });
  const table = await screen.findByTestId("problems");
  expect(within(table).queryByText(/problem 21\./)).not.toBeInTheDocument();
  expect(within(table).getAllByText(/\{\{ steps\.x/)[0]?.textContent).toBe("{{ steps.x }}\n   ^");
  await userEvent.click(screen.getByRole("button", { name: "Show all 60" }));
  expect(within(table).getByText(/problem 60\./)).toBeVisible();
});

test("a file that is no text is named, and nothing of the drop can be applied", async () => {
  const { calls } = await openWithPlan();
  await screen.findByRole("region", { name: "Hunt" });
  drop(file("picture.json", new Uint8Array([0xff, 0xfe, 0])), file("hunt.flow.json"));
  expect(await screen.findByText("This is not UTF-8 text.")).toBeVisible();
  await screen.findByRole("region", { name: "Hunt" });
  expect(screen.getByRole("button", { name: "Import 1 flow" })).toBeDisabled();
  expect(JSON.stringify(calls.at(-1)?.body)).not.toContain("picture.json");
});

test("files dropped on another page arrive here", async () => {
  handOver([file("hunt.flow.json")]);
  fakeServer({ "GET /flows": { items: [] }, "POST /import/plans": new Answer(201, PLAN) });
  openPage("/import");
  expect(await screen.findByRole("region", { name: "Hunt" })).toBeVisible();
});

test("a viewer is told why there is nothing to import with", async () => {
  const calls = fakeServer({ "GET /me": VIEWER });
  openPage("/import");
  expect(await screen.findByText("You may not import flows")).toBeVisible();
  expect(screen.queryByTestId("drop-target")).not.toBeInTheDocument();
  // Beside what every page asks for.
  expect(calls.map((c) => c.path).filter((path) => path !== "/approvals")).toEqual(["/me"]);
});

test("an import can be rolled back after its page was left", async () => {
  let state = "applied";
  const calls = fakeServer({
    "GET /flows": { items: [] },
    "GET /import": () => ({
      items: [
        {
          id: "i1",
          at: "2026-01-05T08:00:00Z",
          by: "lead",
          state,
          flows: [
            { id: OLD, name: "Phishing triage", result: "updated" },
            { id: FRESH, name: "Hunt", result: "created" },
          ],
        },
      ],
      next: "",
    }),
    "POST /import/i1/rollback": () => {
      state = "rolledback";
      return {};
    },
  });
  openPage("/import");
  const row = await screen.findByTestId("import-i1");
  expect(row).toHaveTextContent(/Phishing triage draft replaced, Hunt added/);
  await userEvent.click(
    within(row).getByRole("button", { name: "Roll back the import of Phishing triage, Hunt" }),
  );
  await within(row).findByText("Rolled back");
  expect(calls.some((c) => c.path === "/import/i1/rollback")).toBe(true);
  // What the import had made is gone, and leads nowhere.
  expect(within(row).queryByRole("link", { name: "Hunt" })).toBeNull();
});

test("a roll back that is refused says why, at its import", async () => {
  fakeServer({
    "GET /flows": { items: [] },
    "GET /import": {
      items: [
        {
          id: "i1",
          at: "2026-01-05T08:00:00Z",
          by: "lead",
          state: "applied",
          flows: [{ id: OLD, name: "Phishing triage", result: "updated" }],
        },
      ],
    },
    "POST /import/i1/rollback": new Answer(409, {
      title: "Conflict",
      detail: "Phishing triage was edited since",
    }),
  });
  openPage("/import");
  await userEvent.click(await screen.findByRole("button", { name: /Roll back the import/ }));
  expect(
    await within(screen.getByTestId("import-i1")).findByText("Phishing triage was edited since"),
  ).toBeVisible();
});
