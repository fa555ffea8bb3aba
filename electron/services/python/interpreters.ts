import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { StudioError } from '@shared/errors'
import { z } from 'zod'

/** Oldest Python that the pinned requirements were resolved for. */
const oldestMinor = 11
/** Newest Python that every pinned wheel exists for; a newer one is tried last. */
const newestKnownMinor = 14

const probeSchema = z.object({
  executable: z.string(),
  prefix: z.string(),
  basePrefix: z.string(),
  version: z.tuple([z.number(), z.number(), z.number()]),
  isConda: z.boolean(),
  canMakeEnvironments: z.boolean(),
  packages: z.record(z.string(), z.string().nullable()),
})
export type Interpreter = z.infer<typeof probeSchema>

/** What kernels and training import; probed by name without importing, so a probe takes tens of milliseconds. */
export const neededPackages = [
  'ipykernel',
  'numpy',
  'pandas',
  'pyarrow',
  'scikit-learn',
  'xgboost',
  'onnx',
  'onnxruntime',
  'optuna',
  'matplotlib',
] as const

const probeScript = `
import sys, os, json, importlib.util as u
try:
    from importlib import metadata as m
    def v(n):
        for k in ((n, 'xgboost-cpu') if n == 'xgboost' else (n,)):
            try: return m.version(k)
            except Exception: pass
        return None
except Exception:
    def v(n): return None
print(json.dumps(dict(executable=sys.executable, prefix=sys.prefix, basePrefix=getattr(sys, 'base_prefix', sys.prefix),
  version=list(sys.version_info[:3]), isConda=os.path.isdir(os.path.join(sys.prefix, 'conda-meta')),
  canMakeEnvironments=bool(u.find_spec('venv') and u.find_spec('ensurepip')),
  packages={n: v(n) for n in ${JSON.stringify(neededPackages)}})))
`

/** Facts about an interpreter, or null for a file that is none (or is too old to say so). */
export const probeInterpreter = (python: string, signal?: AbortSignal): Promise<Interpreter | null> =>
  new Promise((done) => {
    const options = { timeout: 10_000, signal, windowsHide: true }
    execFile(python, ['-I', '-c', probeScript], options, (error, output) => {
      if (error) return done(null)
      try {
        done(probeSchema.parse(JSON.parse(output)))
      } catch {
        done(null)
      }
    })
  })

const windowsLauncherPaths = (): Promise<string[]> =>
  new Promise((done) => {
    execFile('py', ['--list-paths'], { timeout: 5000, windowsHide: true }, (error, output) => {
      done(error ? [] : output.split(/\r?\n/).flatMap((line) => /([A-Za-z]:\\.*\.exe)\s*$/.exec(line)?.[1] ?? []))
    })
  })

const childFolders = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder))
      .sort()
      .reverse()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

const condaFolders = (): string[] => {
  try {
    return readFileSync(join(homedir(), '.conda', 'environments.txt'), 'utf8')
      .split(/\r?\n/)
      .filter(Boolean)
  } catch {
    return []
  }
}

export const pythonIn = (environment: string): string =>
  process.platform === 'win32' ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python')

const condaPythonIn = (environment: string): string =>
  process.platform === 'win32' ? join(environment, 'python.exe') : join(environment, 'bin', 'python')

const isExecutableFile = async (path: string): Promise<boolean> => {
  try {
    const found = await stat(path)
    return found.isFile() && (process.platform === 'win32' || (found.mode & 0o111) !== 0)
  } catch {
    return false
  }
}

/** Interpreters that this machine may have, best place first; nothing is started. */
export const candidateInterpreters = async (
  options: { readonly folders?: readonly string[] } = {},
): Promise<string[]> => {
  const isWindows = process.platform === 'win32'
  const minors = Array.from({ length: newestKnownMinor - oldestMinor + 1 }, (_, index) => newestKnownMinor - index)
  const names = [...minors.map((minor) => `python3.${minor}`), 'python3', 'python'].map((name) =>
    isWindows ? `${name}.exe` : name,
  )
  const usual = isWindows ? [] : ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
  const onPath = [...(process.env.PATH ?? '').split(delimiter), ...usual].filter(Boolean)
  const pyenv = process.env.PYENV_ROOT ?? join(homedir(), '.pyenv')
  const pyenvVersions = await childFolders(join(pyenv, 'versions'))
  const candidates = [
    ...(options.folders ?? []).map(pythonIn),
    ...pyenvVersions.map(pythonIn),
    // A pyenv shim starts a shell script for every call; its versions are listed above.
    ...onPath
      .filter((folder) => !folder.startsWith(join(pyenv, 'shims')))
      .flatMap((folder) => names.map((name) => join(folder, name))),
    ...condaFolders().map(condaPythonIn),
    ...(isWindows ? await windowsLauncherPaths() : []),
  ]
  const unique = [...new Set(candidates)]
  const exist = await Promise.all(unique.map(isExecutableFile))
  return unique.filter((_, index) => exist[index])
}

/** All interpreters of a list that answer, one for each prefix (a virtual environment shares its base’s real file). */
export const probeAll = async (pythons: readonly string[], signal?: AbortSignal): Promise<Interpreter[]> => {
  const found: Interpreter[] = []
  const queue = [...pythons]
  const worker = async (): Promise<void> => {
    for (let python = queue.shift(); python !== undefined; python = queue.shift()) {
      const probe = await probeInterpreter(python, signal)
      if (probe) found.push(probe)
    }
  }
  await Promise.all(Array.from({ length: 6 }, worker))
  const byPrefix = new Map<string, Interpreter>()
  for (const probe of found) if (!byPrefix.has(probe.prefix)) byPrefix.set(probe.prefix, probe)
  return [...byPrefix.values()]
}

const isNewEnough = ({ version: [major, minor] }: Interpreter): boolean => major === 3 && minor >= oldestMinor

/** How to get Python here, as one command to paste. */
export const installCommand = (what: 'python' | 'venv', minor?: number): string => {
  if (process.platform === 'darwin') return 'brew install python@3.12'
  if (process.platform === 'win32') return 'winget install Python.Python.3.12'
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const family = /^ID(?:_LIKE)?=(.*)$/gm
  const ids = [...release.matchAll(family)].map((match) => match[1] ?? '').join(' ')
  if (/fedora|rhel|centos/.test(ids)) return 'sudo dnf install python3.12'
  if (/arch/.test(ids)) return 'sudo pacman -S python'
  if (/suse/.test(ids)) return 'sudo zypper install python312'
  if (what === 'venv' && minor !== undefined) return `sudo apt-get install -y python3.${minor}-venv`
  return 'sudo apt-get install -y python3 python3-venv'
}

/** The interpreter to build the managed environment from; `python_missing` says which command brings one. */
export const chooseBaseInterpreter = async (signal?: AbortSignal): Promise<Interpreter> => {
  const wanted = process.env.PROML_PYTHON
  if (wanted) {
    const probe = await probeInterpreter(wanted, signal)
    if (probe && isNewEnough(probe) && probe.canMakeEnvironments) return probe
    const version = probe ? `is Python ${probe.version.join('.')}` : 'does not start'
    throw new StudioError('python_missing', `PROML_PYTHON names \`${wanted}\`, which ${version}.`, {
      hint:
        probe && isNewEnough(probe)
          ? `It lacks the venv module: run \`${installCommand('venv', probe.version[1])}\`.`
          : `Set PROML_PYTHON to Python 3.${oldestMinor} or newer, or unset it.`,
    })
  }
  const probes = (await probeAll(await candidateInterpreters(), signal)).filter((probe) => isNewEnough(probe))
  signal?.throwIfAborted()
  const preference = [12, 13, 11, 14]
  const rank = ({ version: [, minor], prefix, basePrefix, isConda }: Interpreter): number => {
    const known = preference.indexOf(minor)
    // A virtual or conda environment may be removed by its owner any day, and ours would go with it.
    return (known < 0 ? preference.length : known) + (prefix !== basePrefix || isConda ? 100 : 0)
  }
  const able = probes.filter((probe) => probe.canMakeEnvironments).sort((a, b) => rank(a) - rank(b))
  const best = able[0]
  if (best) return best
  const unable = probes[0]
  if (unable)
    throw new StudioError('python_missing', `Python ${unable.version.join('.')} is here, but its venv module is not.`, {
      hint: `Run \`${installCommand('venv', unable.version[1])}\`, then try again.`,
    })
  throw new StudioError('python_missing', `Python 3.${oldestMinor} or newer was not found on this machine.`, {
    hint: `Run \`${installCommand('python')}\`, or set PROML_PYTHON to an interpreter, then try again.`,
  })
}
