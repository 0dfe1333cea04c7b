import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "@/ui/tokens.css";
import "@/ui/base.css";
import "@/ui/ui.css";
import "./shell.css";
import "./phone.css";
import "./forced.css";
// From the first page on: a theme that is the system's changes with it.
import "@/ui/theme";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { whenUnauthorized } from "@/api/http";
import { makeQueryClient } from "@/api/queries";
import { live } from "@/run/live";
import { Toasts } from "@/ui/Toasts";
import { makeRouter } from "./router";

const queryClient = makeQueryClient();
const router = makeRouter(queryClient);

function toLogin(): void {
  const here = window.location;
  if (here.pathname === "/login" || here.pathname === "/setup") return;
  queryClient.clear();
  live.close();
  void router.navigate({ to: "/login", search: { next: here.pathname + here.search } });
}

whenUnauthorized(toLogin);
live.whenRefused(toLogin);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
