import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { makeQueryClient } from "@/api/queries";
import { Answer, fakeServer } from "@/test/pages";
import { OpenCaseDialog } from "./OpenCaseDialog";

vi.mock("@tanstack/react-router", async (real) => ({
  ...(await real<object>()),
  useNavigate: () => () => undefined,
}));

function opened(answer: Answer, templates: object[] = []) {
  const calls = fakeServer({ "POST /cases": answer, "GET /templates": { items: templates, next: "" } });
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <OpenCaseDialog onClose={() => undefined} />
    </QueryClientProvider>,
  );
  return calls;
}

test("a case is opened with its tags, also with the one that is still being typed", async () => {
  const calls = opened(new Answer(201, { number: 7 }));
  fireEvent.change(screen.getByLabelText("Title"), { target: { value: "Bucket of invoices" } });
  await userEvent.type(screen.getByLabelText("Tags"), "cloud{Enter}leak{Enter}leak{Enter}s3");
  expect(screen.getAllByLabelText(/^Take the tag/)).toHaveLength(2);
  await userEvent.click(screen.getByLabelText("Take the tag leak away"));
  await userEvent.click(screen.getByText("Open the case"));
  await expect
    .poll(() => calls.find((c) => c.method === "POST")?.body)
    .toMatchObject({
      title: "Bucket of invoices",
      tags: ["cloud", "s3"],
    });
});

test("what is wrong with a tag is told where the tags are", async () => {
  opened(new Answer(422, { title: "Invalid", problems: [{ pointer: "/tags", message: "no tag" }] }));
  await userEvent.type(screen.getByLabelText("Tags"), "x");
  await userEvent.click(screen.getByText("Open the case"));
  await screen.findByText(/no tag/);
  expect(screen.getByLabelText("Tags")).toHaveAccessibleDescription(/no tag/);
});

test("what is wrong with a field goes once the field is changed, and no other does", async () => {
  const problems = [
    { pointer: "/title", message: "no title" },
    { pointer: "/artifacts/0/value", message: "no artifact" },
  ];
  opened(new Answer(422, { title: "Invalid", problems }));
  await userEvent.click(screen.getByText("Open the case"));
  await screen.findByText(/no title/);
  await userEvent.type(screen.getByLabelText("Title"), "B");
  expect(screen.queryByText(/no title/)).toBeNull();
  expect(screen.getByText("Line 1: no artifact")).toBeVisible();
  await userEvent.type(screen.getByLabelText("Artifacts"), "x");
  expect(screen.queryByText(/no artifact/)).toBeNull();
  expect(screen.queryByText("Invalid")).toBeNull();
  await userEvent.click(screen.getByText("Open the case"));
  await screen.findByText(/no title/);
});

test("a case begins with a template, where there is one", async () => {
  const steps = [
    { phase: "Identify", title: "Enrich" },
    { phase: "Identify", title: "Read" },
    { phase: "Contain", title: "Block" },
  ];
  const calls = opened(new Answer(201, { number: 7 }), [
    { id: "t1", name: "Malware", description: "A program that does harm.", steps, version: 2 },
  ]);
  fireEvent.change(screen.getByLabelText("Title"), { target: { value: "A host" } });
  await userEvent.selectOptions(await screen.findByLabelText("Template"), "Malware");
  expect(screen.getByLabelText("Template")).toHaveAccessibleDescription(
    "3 tasks in 2 phases. A program that does harm.",
  );
  await userEvent.click(screen.getByText("Open the case"));
  await expect.poll(() => calls.find((c) => c.method === "POST")?.body).toMatchObject({ template: "t1" });
});

test("artifacts are of the kind that is chosen, and of none where it is left to be found out", async () => {
  const calls = opened(new Answer(201, { number: 7 }));
  const sent = () => (calls.findLast((c) => c.method === "POST")?.body as { artifacts: object[] })?.artifacts;
  fireEvent.change(screen.getByLabelText("Artifacts"), { target: { value: "NB-017\nNB-018" } });
  await userEvent.click(screen.getByText("Open the case"));
  await expect.poll(sent).toEqual([{ value: "NB-017" }, { value: "NB-018" }]);
  await userEvent.selectOptions(screen.getByLabelText("Kind"), "Host");
  await userEvent.click(screen.getByText("Open the case"));
  await expect.poll(sent).toEqual([
    { type: "host", value: "NB-017" },
    { type: "host", value: "NB-018" },
  ]);
});
