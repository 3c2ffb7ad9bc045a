import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A file a core: those that start programs mostly wait for them.
    maxWorkers: "100%"
  }
})
