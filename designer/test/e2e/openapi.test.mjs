// A connector of an OpenAPI document, from the file to a run that asks for what was chosen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, shot, startBrowser, startServer } from "./harness.mjs";

let browser;
before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

const DOCUMENT = `
openapi: 3.1.0
info: {title: Service Desk, version: 1.2.0, description: Keeps tickets.}
servers: [{url: https://desk.example.com/api}]
security: [{key: []}]
paths:
  /tickets:
    get: {operationId: listTickets, summary: List tickets, tags: [Tickets], responses: {"200": {description: OK}}}
    post: {operationId: createTicket, summary: Open a ticket, tags: [Tickets], responses: {"201": {description: Made}}}
    trace: {responses: {"200": {description: OK}}}
  /tickets/{id}:
    delete:
      operationId: dropTicket
      summary: Delete a ticket
      tags: [Tickets]
      responses: {"204": {description: Gone}}
  /people:
    get: {operationId: listPeople, summary: List people, tags: [People], responses: {"200": {description: OK}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
`;

const fileOf = (name, text) => ({ name, mimeType: "application/yaml", buffer: Buffer.from(text) });

test("operations of a document are chosen, installed and consented to", async (t) => {
  const server = await startServer();
  const page = await openPage(browser, server);
  t.after(async () => {
    await page.context().close();
    await server.stop();
  });
  await page.getByRole("link", { name: "Connectors" }).click();
  const file = page.getByTestId("connector-file");

  // What is no document is refused by name, with its line.
  await file.setInputFiles(fileOf("old.json", '{\n  "swagger": "2.0"\n}'));
  await page.getByText(/the document is Swagger 2\.0/).waitFor();
  await shot(page, "openapi-refused");

  // It is dropped, and all of it is chosen at first.
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "desk.yaml"));
    return transfer;
  }, DOCUMENT);
  await page.getByTestId("drop-target").dispatchEvent("drop", { dataTransfer: dropped });
  const dialog = page.getByRole("dialog", { name: "A connector of Service Desk" });
  await dialog.getByText("4 of 4 chosen").waitFor();
  assert.equal(await page.getByText(/the document is Swagger 2\.0/).count(), 0);
  await dialog.getByText("1 operation left out").click();
  await dialog.getByText("the method TRACE is sent by no connector").waitFor();
  await shot(page, "openapi-plan");

  // What a search finds is chosen at once; the rest stays as it is.
  await dialog.getByLabel("Search operations").fill("people");
  await dialog.getByLabel("All 1 found").uncheck();
  await dialog.getByLabel("Search operations").fill("");
  await dialog.getByRole("checkbox", { name: /Delete a ticket/ }).uncheck();
  await dialog.getByText("2 of 4 chosen").waitFor();
  await dialog.getByTestId("install-openapi").click();

  // It goes the way of every connector: it asks, and has what was chosen.
  await page.waitForURL("**/connectors/service_desk?*");
  await page.getByRole("heading", { name: "It asks for your consent" }).waitFor();
  await page
    .getByText(/desk\.example\.com/)
    .first()
    .waitFor();
  await page.getByTestId("actions").getByText("2 actions").waitFor();
  await page.locator(".action-name", { hasText: "List tickets" }).waitFor();
  await page.locator(".action-name", { hasText: "Open a ticket" }).waitFor();
  assert.equal(await page.getByText("Delete a ticket").count(), 0);
  await shot(page, "openapi-installed");
  await page.getByTestId("consent").click();
  await page.getByRole("button", { name: "Withdraw consent…" }).waitFor();

  // The same version with other operations is refused in the dialog, and another is not.
  await page.goto(`${server.base}/connectors`);
  await page.getByTestId("connector-service_desk-1.2.0").waitFor();
  await file.setInputFiles(fileOf("desk.yaml", DOCUMENT));
  await dialog.getByTestId("install-openapi").click();
  await dialog.getByRole("alert").first().waitFor();
  await shot(page, "openapi-same-version");
  await dialog.getByLabel("Version").fill("1.3.0");
  await dialog.getByTestId("install-openapi").click();
  await page.waitForURL("**/connectors/service_desk?*1.3.0*");
  await page.getByTestId("actions").getByText("4 actions").waitFor();
  assert.deepEqual(page.faults, []);
});
