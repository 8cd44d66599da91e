import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The daemon serves the result below /ui/; UI_DAEMON names one for `npm run dev`.
const daemon = process.env["UI_DAEMON"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/ui/",
  plugins: [react()],
  build: {
    outDir: process.env["UI_OUT"] ?? "../synnefod/web/static",
    emptyOutDir: true,
    manifest: "manifest.json",
    // Strict CSP: nothing may be inlined as data: but pictures, and those not either.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    // The application, and the page behind the address of a console.
    rollupOptions: { input: ["index.html", "console.html"] },
  },
  server: {
    proxy: Object.fromEntries(
      ["/astakos", "/cyclades", "/pithos", "/swift", "/cloud", "/login", "/logout"].map((path) => [
        path,
        { target: daemon, ws: true },
      ]),
    ),
  },
});
