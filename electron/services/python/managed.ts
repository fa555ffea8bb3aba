import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError, toStudioError } from '@shared/errors'
import { writeFileDurably } from '../workspace/durable'
import { withProcessLock } from '../workspace/processLock'
import { runChild } from './child'
import { chooseBaseInterpreter, pythonIn } from './interpreters'
import { pipProgress } from './pipProgress'

/**
 * `resources/python/<name>.lock`, each an environment of its own: `requirements` for kernels and training, the others made when
 * they are first needed, since what they pin may not fit beside it.
 */
export type PythonLock = 'requirements' | 'feast' | 'hocon'

/** Where things lie; `Platform` has both. */
export interface ManagedPlaces {
  readonly home: string
  readonly resources: string
  /** Absent: `requirements`. */
  readonly lock?: PythonLock
}

export interface ManagedPython {
  readonly folder: string
  readonly python: string
  /** First 12 hex digits of the SHA-256 of the lock file: another lock, another environment. */
  readonly digest: string
}

export interface EnsureOptions extends ManagedPlaces {
  readonly onProgress?: (fraction: number | null, message: string) => void
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

const lockFile = ({ resources, lock = 'requirements' }: ManagedPlaces): string =>
  join(resources, 'python', `${lock}.lock`)

export const managedPython = (places: ManagedPlaces): ManagedPython => {
  const digest = createHash('sha256')
    .update(readFileSync(lockFile(places)))
    .digest('hex')
    .slice(0, 12)
  const prefix = places.lock === undefined || places.lock === 'requirements' ? 'managed' : places.lock
  const folder = join(places.home, 'python', `${prefix}-${digest}`)
  return { folder, python: pythonIn(folder), digest }
}

const marker = (managed: ManagedPython): string => join(managed.folder, 'complete.json')

/** Whether the environment was finished: its marker is written last, and its interpreter’s base is still there. */
export const isManagedPythonReady = (managed: ManagedPython): boolean =>
  existsSync(marker(managed)) && existsSync(managed.python)

/**
 * Compares what is installed with the lock. pip's own `packaging` reads the environment markers, so that a package
 * locked for another platform is not missed.
 */
const verifyScript = `
import re, sys, json
from importlib import metadata
from pip._vendor.packaging.requirements import Requirement
wrong, count = [], 0
for line in open(sys.argv[1], encoding='utf-8'):
    text = line.split(' \\\\')[0].strip()
    if not re.match(r'[A-Za-z0-9]', line) or '==' not in text: continue
    requirement = Requirement(text)
    if requirement.marker and not requirement.marker.evaluate(): continue
    count += 1
    try: have = metadata.version(requirement.name)
    except metadata.PackageNotFoundError: have = None
    if have is None or not requirement.specifier.contains(have, prereleases=True):
        wrong.append(f"{requirement.name} {have or 'is not installed'} (locked {requirement.specifier})")
print(json.dumps(dict(wrong=wrong, count=count, version='.'.join(map(str, sys.version_info[:3])))))
`

/** Environment of pip and venv: what the user’s shell sets for their own Python must not lead ours elsewhere. */
const childEnvironment = (): NodeJS.ProcessEnv => {
  const kept = { ...process.env }
  for (const name of [
    'PYTHONHOME',
    'PYTHONPATH',
    'VIRTUAL_ENV',
    '__PYVENV_LAUNCHER__',
    'PIP_TARGET',
    'PIP_PREFIX',
    'PIP_USER',
    'PIP_REQUIRE_VIRTUALENV',
  ])
    delete kept[name]
  return { ...kept, PYTHONUTF8: '1', PYTHONNOUSERSITE: '1', PYTHONUNBUFFERED: '1' }
}

const verify = async (
  managed: ManagedPython,
  options: EnsureOptions,
): Promise<{ wrong: string[]; version: string; count: number } | null> => {
  if (!existsSync(managed.python)) return null
  const { code, lines } = await runChild(managed.python, ['-I', '-c', verifyScript, lockFile(options)], {
    env: childEnvironment(),
    signal: options.signal,
  })
  const last = lines.at(-1)
  if (code !== 0 || last === undefined) return null
  try {
    return JSON.parse(last)
  } catch {
    return null
  }
}

const finish = async (managed: ManagedPython, found: { version: string; count: number }): Promise<string> => {
  const content = {
    python: found.version,
    packages: found.count,
    lock: managed.digest,
    verifiedAt: new Date().toISOString(),
  }
  await writeFileDurably(marker(managed), `${JSON.stringify(content, null, 2)}\n`)
  return managed.python
}

const explainPip = (lines: readonly string[]): { message: string; hint: string } => {
  const text = lines.join('\n')
  if (/No space left on device|ENOSPC/.test(text))
    return { message: 'The disk is full.', hint: 'The Python packages need about 2 GB; free some space and try again.' }
  if (/THESE PACKAGES DO NOT MATCH THE HASHES/.test(text))
    return {
      message: 'A downloaded package is not the pinned one.',
      hint: 'Try again; if it stays, the package index or a proxy changes files.',
    }
  if (
    /resolution|NewConnectionError|ConnectTimeout|Connection (?:refused|reset)|Network is unreachable|No matching distribution|ProxyError|SSLError/i.test(
      text,
    )
  )
    return {
      message: 'The packages could not be downloaded.',
      hint: 'Connect to the network (or point pip at your package index with PIP_INDEX_URL), then try again; once set up, everything works offline.',
    }
  return {
    message: 'The Python packages could not be installed.',
    hint: 'The last lines of the installer are below; the whole log is in the job.',
  }
}

const failed = (what: { message: string; hint: string }, lines: readonly string[]): StudioError =>
  new StudioError('python_failed', what.message, { hint: what.hint, detail: lines.slice(-15).join('\n') })

const install = async (managed: ManagedPython, options: EnsureOptions): Promise<string> => {
  const { onProgress, onLine, signal } = options
  // A virtual environment cannot be moved, so it is built in place; without its marker it does not count.
  await rm(managed.folder, { recursive: true, force: true })
  onProgress?.(0.01, 'Looking for Python')
  const base = await chooseBaseInterpreter(signal)
  onLine?.(`Using ${base.executable} (Python ${base.version.join('.')})`)
  onProgress?.(0.02, `Making an environment with Python ${base.version.join('.')}`)
  await mkdir(join(options.home, 'python'), { recursive: true })
  const child = { env: childEnvironment(), signal, onLine }
  const venv = await runChild(base.executable, ['-m', 'venv', managed.folder], child)
  if (venv.code !== 0)
    throw failed(
      {
        message: 'Python could not make a virtual environment.',
        hint: 'Check that the home folder is writable; on Debian, python3-venv must be installed.',
      },
      venv.lines,
    )

  const track = pipProgress(readFileSync(lockFile(options), 'utf8'))
  const pip = await runChild(
    managed.python,
    [
      '-m',
      'pip',
      'install',
      '--require-hashes',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--no-input',
      '--disable-pip-version-check',
      '--progress-bar',
      'off',
      '--no-warn-script-location',
      '-r',
      lockFile(options),
    ],
    {
      ...child,
      onLine: (line) => {
        onLine?.(line)
        const step = track(line)
        if (step) onProgress?.(0.04 + 0.92 * step.fraction, step.message)
      },
    },
  )
  if (pip.code !== 0) throw failed(explainPip(pip.lines), pip.lines)

  onProgress?.(0.97, 'Checking what was installed')
  const found = await verify(managed, options)
  if (!found || found.wrong.length > 0)
    throw failed(
      { message: 'The installed packages are not the pinned ones.', hint: 'Try again.' },
      found?.wrong ?? ['The check itself failed.'],
    )
  return finish(managed, found)
}

/**
 * Makes the managed Python environment if it is not there, and resolves with its interpreter. Safe to call from many
 * processes at once: one installs, the others wait. Rejects with `python_missing`, `python_failed` or `cancelled`.
 */
export const ensureManagedPython = async (options: EnsureOptions): Promise<string> => {
  const managed = managedPython(options)
  if (isManagedPythonReady(managed)) return managed.python
  const { onProgress, signal } = options
  onProgress?.(null, 'Preparing Python')
  try {
    return await withProcessLock(
      `${managed.folder}.lock`,
      async () => {
        if (isManagedPythonReady(managed)) return managed.python
        const found = await verify(managed, options)
        if (found && found.wrong.length === 0) return await finish(managed, found)
        return await install(managed, options)
      },
      { signal, onWait: () => onProgress?.(null, 'Waiting: another Pro-ML Studio is preparing Python') },
    )
  } catch (error) {
    if (signal?.aborted) throw new StudioError('cancelled', 'Setting up Python was cancelled.', { cause: error })
    throw toStudioError(error)
  }
}
