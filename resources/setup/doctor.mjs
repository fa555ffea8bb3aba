// `npm run doctor`: what is there, what is missing, and how to get it. Changes nothing.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  findChromium,
  findElectron,
  hasDisplay,
  main,
  neededNode,
  onPath,
  root,
  studioHome,
  studioNode,
} from './project.mjs'

const attempt = (work, otherwise) => {
  try {
    return work()
  } catch {
    return otherwise
  }
}

const pythons = () =>
  [
    process.env.PROML_PYTHON,
    ...['python3.13', 'python3.12', 'python3.11', 'python3', 'python'].map((name) => onPath(name)),
  ].filter(Boolean)

const basePython = () => {
  for (const path of pythons()) {
    const result = spawnSync(
      path,
      ['-I', '-c', 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])'],
      { encoding: 'utf8', timeout: 10_000 },
    )
    const version = result.stdout?.trim()
    const [major, minor] = (version ?? '').split('.').map(Number)
    if (result.status === 0 && major === 3 && minor >= 11) return { path, version }
  }
  return null
}

main(async () => {
  const rows = []
  const row = (state, what, detail, how = '') => rows.push({ state, what, detail, how })
  row('ok', 'Node', `${process.version} runs this command`)
  const node = attempt(() => studioNode(), null)
  row(
    node ? 'ok' : 'missing',
    `Node ${neededNode}`,
    node ?? 'not installed',
    node ? '' : 'npm start installs it, or install Node 24',
  )
  const hasPackages = existsSync(join(root, 'node_modules/.proml-packages'))
  row(
    hasPackages ? 'ok' : 'missing',
    'npm packages',
    hasPackages ? 'installed' : 'not installed',
    hasPackages ? '' : 'npm start installs them',
  )
  const isBuilt = existsSync(join(root, 'out/.stamp'))
  row(
    isBuilt ? 'ok' : 'missing',
    'Build',
    isBuilt ? 'out/ is there' : 'not built',
    isBuilt ? '' : 'npm start builds it',
  )
  const python = basePython()
  row(
    python ? 'ok' : 'missing',
    'Python 3.11+',
    python ? `${python.version} at ${python.path}` : 'none found with venv and pip',
    python ? '' : 'Debian: apt-get install python3 python3-venv; elsewhere python.org',
  )
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'resources/python/requirements.lock')))
    .digest('hex')
    .slice(0, 12)
  const environment = join(studioHome(), 'python', `managed-${lock}`)
  const isReady = existsSync(join(environment, 'complete.json'))
  row(
    isReady ? 'ok' : 'missing',
    'Managed Python environment',
    isReady ? environment : 'not made yet',
    isReady ? '' : 'the studio makes it in the background, or: npx proml doctor --fix',
  )
  row(
    hasDisplay() ? 'ok' : 'optional',
    'Display',
    hasDisplay() ? 'there' : 'none',
    hasDisplay() ? '' : 'the studio opens in the browser host',
  )
  const electron = findElectron()
  row(
    electron ? 'ok' : 'optional',
    'Electron binary',
    electron ?? 'not downloaded',
    electron ? '' : 'npx install-electron (needs access to its download site), or set ELECTRON_OVERRIDE_DIST_PATH',
  )
  const chromium = findChromium()
  row(
    chromium ? 'ok' : 'optional',
    'Chromium (tests)',
    chromium ?? 'not found',
    chromium ? '' : 'Debian: apt-get install chromium; or set PROML_CHROMIUM',
  )
  const registry = onPath('docker-registry', 'registry')
  row(
    registry ? 'ok' : 'optional',
    'OCI registry (tests)',
    registry ?? 'not found',
    registry ? '' : 'Debian: apt-get install docker-registry',
  )
  const neovim = process.env.PROML_NVIM ?? onPath('nvim')
  row(
    neovim ? 'ok' : 'optional',
    'Neovim (tests)',
    neovim ?? 'not found',
    neovim ? '' : 'Debian: apt-get install neovim; or set PROML_NVIM',
  )
  const width = Math.max(...rows.map(({ what }) => what.length))
  for (const { state, what, detail, how } of rows)
    process.stdout.write(
      `${{ ok: '✓', missing: '✗', optional: '–' }[state]} ${what.padEnd(width)}  ${detail}${how ? `  → ${how}` : ''}\n`,
    )
  return rows.some(({ state }) => state === 'missing') ? 1 : 0
})
