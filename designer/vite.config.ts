import { rmSync } from "node:fs";
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;
const server = process.env.DRAWBRIDGE_SERVER ?? "http://127.0.0.1:8080";

/** Clears what an earlier build left, all but dist/.gitkeep: Go's embed needs the folder to exist. */
function clearDist(): Plugin {
  return {
    name: "clear-dist",
    apply: "build",
    buildStart() {
      for (const part of ["assets", ".vite"])
        rmSync(resolve(here, "dist", part), { recursive: true, force: true });
    },
  };
}

export default defineConfig({
  root: here,
  resolve: { alias: { "@": here } },
  plugins: [react(), clearDist()],
  build: {
    outDir: resolve(here, "dist"),
    // dist/.gitkeep is committed so that the Go package compiles before the first build; clearDist does the rest.
    emptyOutDir: false,
    // The policy allows fonts from 'self' alone, so nothing may become a data: address.
    assetsInlineLimit: 0,
    manifest: true,
    target: "es2022",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  server: {
    port: 5173,
    proxy: {
      "/api": { target: server, ws: true, changeOrigin: false },
      "/hooks": server,
      "/schema": server,
    },
  },
  test: {
    environment: "jsdom",
    include: ["**/*.test.{ts,tsx}"],
    setupFiles: [resolve(here, "test/setup.ts")],
    css: false,
    restoreMocks: true,
  },
});
