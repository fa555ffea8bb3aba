import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'vite'
import { processEntries } from '../../electron/services/processes'

const root = resolve(import.meta.dirname, '../..')

/** Builds the child-process programs into a folder of this run; tests find it as `PROML_TEST_CODE`. */
export default async function setup(): Promise<() => void> {
  const outDir = resolve(root, `node_modules/.cache/proml-test/${process.pid}`)
  const input = Object.fromEntries(
    Object.entries(processEntries)
      .map(([name, path]) => [name, resolve(root, path)] as const)
      .filter(([, path]) => existsSync(path)),
  )
  // Before any program of its own exists there is nothing to build.
  if (Object.keys(input).length === 0) return () => {}
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias: { '@shared': resolve(root, 'shared') } },
    ssr: { target: 'node', noExternal: [/^@shared/] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node24',
      rollupOptions: { input, output: { format: 'es', entryFileNames: '[name].js' } },
    },
  })
  process.env.PROML_TEST_CODE = outDir
  return () => rmSync(outDir, { recursive: true, force: true })
}
