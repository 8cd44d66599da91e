import { defineConfig } from "vitest/config";

export default defineConfig({
  // Machines that run tests have other work too: how long one takes says nothing.
  test: { include: ["src/**/*.test.ts"], environment: "node", testTimeout: 120_000 },
});
