import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chooseBaseInterpreter } from '../../electron/services/python/interpreters'
import { ensureManagedPython, isManagedPythonReady, managedPython } from '../../electron/services/python/managed'
import { pipProgress } from '../../electron/services/python/pipProgress'
import { temporaryFolder } from '../support/context'

/** Writes a one-module wheel, so that pip installs for real without a network. */
const makeWheel = (folder: string, name: string, version: string): string => {
  const base = process.env.PROML_PYTHON ?? 'python3'
  const script = `
import zipfile, sys, hashlib
folder, name, version = sys.argv[1:]
path = f'{folder}/{name}-{version}-py3-none-any.whl'
info = f'{name}-{version}.dist-info'
with zipfile.ZipFile(path, 'w') as z:
    z.writestr(f'{name}.py', 'answer = 42\\n')
    z.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')
    z.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    z.writestr(f'{info}/RECORD', '')
print(hashlib.sha256(open(path, 'rb').read()).hexdigest())`
  return execFileSync(base, ['-c', script, folder, name, version], { encoding: 'utf8' }).trim()
}

// Real environments and kernels take their time on a busy machine; nothing here is judged by the clock.
vi.setConfig({ testTimeout: 180_000 })

let folder: ReturnType<typeof temporaryFolder>
let places: { home: string; resources: string }
const variables = ['PIP_NO_INDEX', 'PIP_FIND_LINKS', 'PROML_PYTHON'] as const
let saved: (string | undefined)[]

beforeEach(() => {
  saved = variables.map((name) => process.env[name])
  folder = temporaryFolder()
  places = { home: join(folder.path, 'home'), resources: join(folder.path, 'resources') }
  const wheels = join(folder.path, 'wheels')
  mkdirSync(join(places.resources, 'python'), { recursive: true })
  mkdirSync(wheels)
  process.env.PIP_NO_INDEX = '1'
  process.env.PIP_FIND_LINKS = wheels
  const lock = ['alpha_pkg', 'beta_pkg']
    .map((name) => `${name}==1.0 \\\n    --hash=sha256:${makeWheel(wheels, name, '1.0')}\n    # via nothing\n`)
    .concat(`elsewhere==3.0 ; sys_platform == 'nowhere' \\\n    --hash=sha256:${'0'.repeat(64)}\n`)
  writeFileSync(join(places.resources, 'python', 'requirements.lock'), `# a lock\n${lock.join('')}`)
})
afterEach(() => {
  variables.forEach((name, index) => {
    if (saved[index] === undefined) delete process.env[name]
    else process.env[name] = saved[index]
  })
  folder.remove()
})

describe('the managed Python environment', () => {
  it('is made from the lock with progress, marked last, and found again without work', async () => {
    const steps: string[] = []
    const python = await ensureManagedPython({ ...places, onProgress: (_, message) => steps.push(message) })
    expect(
      execFileSync(python, ['-c', 'import alpha_pkg, beta_pkg; print(alpha_pkg.answer)'], { encoding: 'utf8' }),
    ).toBe('42\n')
    expect(steps).toContain('Downloading beta_pkg 1.0 (2 of 2)')
    expect(isManagedPythonReady(managedPython(places))).toBe(true)
    const again: string[] = []
    expect(await ensureManagedPython({ ...places, onProgress: (_, message) => again.push(message) })).toBe(python)
    expect(again).toEqual([])
  })

  it('is one of several: another lock makes another environment, and the first stays as it is', async () => {
    const lock = join(places.resources, 'python', 'requirements.lock')
    const [, first] = readFileSync(lock, 'utf8').split(/^(?=alpha_pkg|beta_pkg)/m)
    writeFileSync(join(places.resources, 'python', 'hocon.lock'), first ?? '')
    const main = await ensureManagedPython(places)
    const other = await ensureManagedPython({ ...places, lock: 'hocon' })
    expect(other).not.toBe(main)
    const answer = (python: string, name: string) =>
      execFileSync(python, ['-c', `import importlib.util as u; print(u.find_spec('${name}') is not None)`], {
        encoding: 'utf8',
      })
    expect([answer(main, 'beta_pkg'), answer(other, 'alpha_pkg'), answer(other, 'beta_pkg')]).toEqual([
      'True\n',
      'True\n',
      'False\n',
    ])
    expect(isManagedPythonReady(managedPython(places))).toBe(true)
  })

  it('is made once when two ask at the same time', async () => {
    const made: string[] = []
    const ask = () => ensureManagedPython({ ...places, onLine: (line) => line.startsWith('Using ') && made.push(line) })
    const [first, second] = await Promise.all([ask(), ask()])
    expect(first).toBe(second)
    expect(made).toHaveLength(1)
  })

  it('is taken as it is when it is complete and only the marker is missing, and rebuilt when a package is missing', async () => {
    const python = await ensureManagedPython(places)
    const managed = managedPython(places)
    const marker = join(managed.folder, 'complete.json')
    writeFileSync(join(managed.folder, 'kept'), '')
    execFileSync('rm', [marker])
    await ensureManagedPython(places)
    expect(existsSync(join(managed.folder, 'kept'))).toBe(true)
    execFileSync('rm', [marker])
    execFileSync(python, ['-m', 'pip', 'uninstall', '-y', 'beta_pkg', '--quiet'])
    await ensureManagedPython(places)
    expect(existsSync(join(managed.folder, 'kept'))).toBe(false)
    expect(JSON.parse(readFileSync(marker, 'utf8'))).toMatchObject({ packages: 2 })
  })

  it('says what pip said when a package is not the pinned one, and leaves nothing that counts as ready', async () => {
    const lock = join(places.resources, 'python', 'requirements.lock')
    writeFileSync(lock, `alpha_pkg==1.0 \\\n    --hash=sha256:${'1'.repeat(64)}\n`)
    const error = await ensureManagedPython(places).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StudioError)
    expect(error).toMatchObject({ code: 'python_failed', message: 'A downloaded package is not the pinned one.' })
    expect((error as StudioError).detail).toContain('DO NOT MATCH THE HASHES')
    expect(isManagedPythonReady(managedPython(places))).toBe(false)
  })

  it('can be cancelled, and then made', async () => {
    const controller = new AbortController()
    const setup = ensureManagedPython({
      ...places,
      signal: controller.signal,
      onProgress: (_, message) => message.startsWith('Making') && controller.abort(),
    })
    await expect(setup).rejects.toMatchObject({ code: 'cancelled' })
    expect(isManagedPythonReady(managedPython(places))).toBe(false)
    await ensureManagedPython(places)
    expect(isManagedPythonReady(managedPython(places))).toBe(true)
  })

  it('names the command that brings Python when there is none that fits', async () => {
    process.env.PROML_PYTHON = join(folder.path, 'no-such-python')
    const error = await chooseBaseInterpreter().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'python_missing',
      hint: 'Set PROML_PYTHON to Python 3.11 or newer, or unset it.',
    })
  })
})

describe('progress of pip', () => {
  it('counts only packages that this platform needs', () => {
    const track = pipProgress('a==1 \\\n  --hash=x\nb==2 ; x\nc==3\n')
    expect(track("Ignoring b: markers 'x' don't match your environment")).toBeNull()
    expect(track('Collecting a==1 (from -r lock (line 1))')).toEqual({
      fraction: 0.375,
      message: 'Downloading a 1 (1 of 2)',
    })
    expect(track('  Downloading a-1.whl (2 kB)')).toBeNull()
    expect(track('Installing collected packages: a, c')).toEqual({ fraction: 0.78, message: 'Installing 2 packages' })
  })
})
