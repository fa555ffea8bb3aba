/**
 * Programs that the services start as processes of their own, because they may crash or have to be killed.
 * Each is built to `<platform.code>/<name>.js`.
 */
export const processEntries = {
  'duckdb-process': 'electron/services/data/engineProcess.ts',
  'runtime-process': 'electron/services/runtime/runtimeProcess.ts',
} as const
