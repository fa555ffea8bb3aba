import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

const at = (path: string) => resolve(import.meta.dirname, path)

export default defineConfig({
  resolve: { alias: { '@shared': at('shared') } },
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    testTimeout: 180_000,
    // What is waited for comes when it comes; the default of a second judges the machine.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 1,
    // One story, told in order: each step stands on the one before.
    sequence: { concurrent: false, shuffle: false },
    bail: 0,
  },
})
