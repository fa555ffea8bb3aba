// `npm test`: prepares all that the tests need and runs all of them. The last line is `N passed, N failed`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ensureBuild,
  ensurePackages,
  findChromium,
  installSystemPackages,
  main,
  onPath,
  root,
  run,
  say,
  studioEnvironment,
  studioNode,
} from './project.mjs'

const results = join(root, 'test-results')

/** Debian keeps the server’s programs out of the path, by version. */
const findPostgres = () => {
  const versions = '/usr/lib/postgresql'
  const found = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, 'bin/postgres')) : []
  return onPath('postgres') ?? found.find((path) => existsSync(path)) ?? null
}

const ensureChromium = async () => {
  if (findChromium()) return findChromium()
  if (installSystemPackages(['chromium'], 'end-to-end tests') && findChromium()) return findChromium()
  say("Trying Playwright's Chromium…")
  await run(studioNode(), [join(root, 'node_modules/playwright-core/cli.js'), 'install', 'chromium'], {
    env: studioEnvironment(),
    stdio: ['ignore', 2, 2],
  })
  const { chromium } = await import('playwright-core')
  const path = chromium.executablePath()
  try {
    readFileSync(path)
    return path
  } catch {
    say('No Chromium could be had: the end-to-end tests will be skipped. Install Chromium or set PROML_CHROMIUM.')
    return null
  }
}

/** A Python environment of its own for what only tests need; made once for each lock. */
const ensureEnvironment = async (name, locked) => {
  const lock = join(root, locked, 'requirements.lock')
  const folder = join(root, '.cache', name)
  const done = join(folder, 'requirements.lock')
  if (existsSync(done) && readFileSync(done, 'utf8') === readFileSync(lock, 'utf8')) return true
  rmSync(folder, { recursive: true, force: true })
  const quietly = { stdio: ['ignore', 2, 2] }
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const isMade =
    (await run('python3', ['-m', 'venv', folder], quietly).catch(() => 1)) === 0 &&
    (await run(python, ['-m', 'pip', 'install', '-q', '--require-hashes', '-r', lock], quietly)) === 0
  if (isMade) writeFileSync(done, readFileSync(lock))
  return isMade
}

main(async () => {
  const isLong = process.argv.includes('--long')
  const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
  const started = Date.now()
  await ensurePackages()
  await ensureBuild()
  const chromium = await ensureChromium()
  if (!onPath('docker-registry', 'registry') && !installSystemPackages(['docker-registry'], 'registry tests'))
    say(
      'docker-registry is not here: tests against a real OCI registry will fail. On Debian: apt-get install docker-registry',
    )
  if (!onPath('skopeo') && !installSystemPackages(['skopeo'], 'an independent registry client'))
    say('skopeo is not here: the test against an independent client will be skipped.')
  if (!findPostgres() && !(installSystemPackages(['postgresql'], 'database tests') && findPostgres()))
    say('PostgreSQL is not here: tests against a real database will be skipped. On Debian: apt-get install postgresql')
  if (!onPath('redis-server') && !installSystemPackages(['redis-server'], 'serving tests'))
    say('Redis is not here: tests of serving from a real one will be skipped. On Debian: apt-get install redis-server')
  if (!process.env.PROML_NVIM && !onPath('nvim') && !installSystemPackages(['neovim'], 'editor tests'))
    say(
      'Neovim is not here: tests of the language server under a real editor will be skipped. On Debian: apt-get install neovim; or set PROML_NVIM.',
    )

  const home = process.env.PROML_HOME ?? join(root, '.cache/proml-home')
  const environment = studioEnvironment({
    PROML_HOME: home,
    PROML_LONG: isLong ? '1' : '',
    // The short round is the same for everyone; the long one looks elsewhere each time. Both print it.
    PROML_SEED: process.env.PROML_SEED ?? String(isLong ? Date.now() % 2 ** 31 : 20261123),
    ...(chromium ? { PROML_CHROMIUM: chromium } : {}),
  })
  const node = studioNode()
  say('Preparing the Python environment (once; a minute or two)…')
  if (
    (await run(node, [join(root, 'out/main/cli.js'), 'doctor', '--fix'], {
      env: environment,
      stdio: ['ignore', 2, 2],
    })) !== 0
  )
    say('The Python environment is not ready: the tests that need it will fail.')

  if (!(await ensureEnvironment('s3-server', 'test/support/s3')))
    say('No S3 server could be had from PyPI: tests against one will be skipped.')
  if (!(await ensureEnvironment('sql-parser', 'test/spark/parser')))
    say('No parser of Spark’s SQL could be had from PyPI: tests that parse it will be skipped.')
  if (isLong) {
    if (!onPath('java')) say('Java is not here: tests on a real Spark will be skipped. It needs Java 17 or newer.')
    else {
      say('Preparing a Spark for the long tests (once; some 400 MB)…')
      if (!(await ensureEnvironment('spark', 'test/spark/engine')))
        say('PySpark could not be had from PyPI: tests on a real Spark will be skipped.')
    }
  }

  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const count = { passed: 0, failed: 0, skipped: 0 }
  const step = async (name, args) => {
    say(`\n── ${name}`)
    const code = await run(node, args, { env: environment })
    count[code === 0 ? 'passed' : 'failed'] += 1
  }
  if (filters.length === 0) {
    await step('Format and lint', [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '.'])
    await step('Types', [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'])
  }
  const suite = async (name, config, output) => {
    say(`\n── ${name}`)
    const file = join(results, output)
    const code = await run(
      node,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--config',
        config,
        '--passWithNoTests',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
        ...filters,
      ],
      { env: environment },
    )
    try {
      const report = JSON.parse(readFileSync(file, 'utf8'))
      count.passed += report.numPassedTests
      count.failed += report.numFailedTests
      count.skipped += report.numPendingTests + (report.numTodoTests ?? 0)
      // A file that cannot even be loaded has no tests to fail.
      const broken = report.testResults.filter(
        (result) => result.status === 'failed' && result.assertionResults.length === 0,
      ).length
      count.failed += broken
      if (code !== 0 && report.numFailedTests + broken === 0) count.failed += 1
    } catch {
      count.failed += 1
    }
  }
  await suite('Unit, property and service tests', 'vitest.config.ts', 'unit.json')
  if (filters.length === 0 || filters.some((filter) => filter.includes('e2e')))
    await suite('End to end in Chromium', 'vitest.e2e.config.ts', 'e2e.json')
  say(`\nTook ${Math.round((Date.now() - started) / 1000)} s.`)
  if (count.skipped > 0) say(`${count.skipped} skipped; the lines marked *** above say which and why.`)
  process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`)
  return count.failed === 0 ? 0 : 1
})
