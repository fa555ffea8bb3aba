// `npm run bench [-- --with-peers]`: measures and writes docs/benchmarks.md. Timing is measured here and never asserted in a test.
import { join } from 'node:path'
import { ensureBuild, ensurePackages, main, root, run, studioEnvironment, studioNode } from './project.mjs'

main(async () => {
  await ensurePackages()
  await ensureBuild()
  const home = process.env.PROML_HOME ?? join(root, '.cache/proml-home')
  const environment = studioEnvironment({
    PROML_HOME: home,
    PROML_PEERS: process.argv.includes('--with-peers') ? '1' : '',
  })
  return run(
    studioNode(),
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.bench.config.ts'],
    { env: environment },
  )
})
