import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

const at = (path: string) => resolve(import.meta.dirname, path)

export default defineConfig({
  resolve: { alias: { '@shared': at('shared') } },
  test: {
    include: ['test/bench/**/*.bench.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    testTimeout: 1_800_000,
    pool: 'forks',
    // One at a time: two timings at once measure each other.
    maxWorkers: 1,
    fileParallelism: false,
  },
})
