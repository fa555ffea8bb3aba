import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  applyOutputPatches,
  type CellOutput,
  type Execution,
  type Kernel,
  type OutputPatch,
} from '@shared/kernels/kernel'
import { parseNotebook } from '@shared/notebook/notebook'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createKernelsService, type KernelsService } from '../../electron/services/kernels/kernels'
import { createPythonService, type PythonService } from '../../electron/services/python/python'
import { projectRoot, temporaryFolder, testContext } from '../support/context'
import { streamText } from './support'

// Real environments and kernels take their time on a busy machine; nothing here is judged by the clock.
vi.setConfig({ testTimeout: 180_000 })

const signal = AbortSignal.timeout(600_000)
let context: ReturnType<typeof testContext>
let python: PythonService
let kernels: KernelsService
let kernelId: string
const events: { name: string; payload: unknown }[] = []

beforeAll(async () => {
  context = testContext({ sample: 'flights' })
  python = createPythonService(context, () => {})
  await python.ready()
  kernels = createKernelsService(context, (name, payload) => events.push({ name, payload }), { python })
  kernelId = (await kernels.handlers.start({ path: 'explore.ipynb' }, { signal })).id
}, 300_000)
afterAll(async () => {
  await kernels.dispose()
  await python.dispose()
  context.remove()
})

const executionOf = async (id: string, kernel = kernelId): Promise<Execution> => {
  const found = (await kernels.handlers.executions({ kernelId: kernel }, { signal })).find((each) => each.id === id)
  if (!found) throw new Error('The execution is gone.')
  return found
}

const until = async (id: string, isThere: (execution: Execution) => boolean): Promise<Execution> => {
  for (;;) {
    const execution = await executionOf(id)
    if (isThere(execution)) return execution
    await pause(20)
  }
}

const hasEnded = (execution: Execution): boolean => execution.endedAt !== null

const start = async (code: string, cellId = 'cell'): Promise<string> =>
  (await kernels.handlers.execute({ kernelId, cellId, code }, { signal })).id

const run = async (code: string, cellId = 'cell'): Promise<Execution> => until(await start(code, cellId), hasEnded)

/** What a window that applied every patch would show. */
const replayed = (id: string): CellOutput[] => {
  const patches = events
    .filter(({ name, payload }) => name === 'output' && (payload as { executionId: string }).executionId === id)
    .flatMap(({ payload }) => (payload as { patches: OutputPatch[] }).patches)
  return applyOutputPatches([], patches)
}

describe('a kernel', () => {
  it('shows both streams, the result and its number, and the patches make the same outputs', async () => {
    const done = await run('import sys\nprint("one"); print("two"); print("bad", file=sys.stderr)\n6 * 7')
    expect(done).toMatchObject({ state: 'ok', executionCount: 1, prompt: null })
    expect(done.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'one\ntwo\n' },
      { output_type: 'stream', name: 'stderr', text: 'bad\n' },
      { output_type: 'execute_result', data: { 'text/plain': '42' }, metadata: {}, execution_count: 1 },
    ])
    expect(replayed(done.id)).toEqual(done.outputs)
  })

  it('works in the notebook’s folder and finds the project’s own package', async () => {
    mkdirSync(join(context.workspace.root, 'deep'))
    expect(streamText(await run('import os, proml; print(os.getcwd())'))).toBe(`${context.workspace.root}\n`)
    const other = await kernels.handlers.start({ path: 'deep/other.ipynb' }, { signal })
    const { id } = await kernels.handlers.execute(
      { kernelId: other.id, cellId: 'a', code: 'import os; print(os.getcwd())' },
      { signal },
    )
    let execution = await executionOf(id, other.id)
    while (!hasEnded(execution)) {
      await pause(20)
      execution = await executionOf(id, other.id)
    }
    expect(streamText(execution)).toBe(`${context.workspace.root}/deep\n`)
    await kernels.handlers.shutdown({ kernelId: other.id }, { signal })
    expect((await kernels.handlers.list({}, { signal })).map((kernel) => kernel.id)).toEqual([kernelId])
  })

  it('is the same one when the notebook asks again', async () => {
    const again = await Promise.all([1, 2].map(() => kernels.handlers.start({ path: './explore.ipynb' }, { signal })))
    expect(again.map((kernel) => kernel.id)).toEqual([kernelId, kernelId])
  })

  it('shows an error with its traceback and does not run the cells behind it', async () => {
    const first = await start('1 / 0', 'a')
    const second = await start('print("never")', 'b')
    const failed = await until(first, hasEnded)
    expect(failed.state).toBe('error')
    expect(failed.outputs).toMatchObject([
      { output_type: 'error', ename: 'ZeroDivisionError', evalue: 'division by zero' },
    ])
    expect(await until(second, hasEnded)).toMatchObject({ state: 'aborted', outputs: [], startedAt: null })
  })

  it('draws a plot', async () => {
    const done = await run('import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.show()')
    const output = done.outputs.find((each) => each.output_type === 'display_data')
    expect(output?.output_type === 'display_data' && String(output.data['image/png']).startsWith('iVBOR')).toBe(true)
  })

  it('updates a display in place, from another cell too, and clears', async () => {
    const first = await run(
      'from IPython.display import display, clear_output\nhandle = display("old", display_id=True)',
      'shown',
    )
    await run('handle.update("new")', 'updater')
    const updated = await until(first.id, () => true)
    expect(updated.outputs).toMatchObject([{ output_type: 'display_data', data: { 'text/plain': "'new'" } }])
    expect(replayed(first.id)).toEqual(updated.outputs)
    const cleared = await run('print("gone"); clear_output(wait=True); print("kept")')
    expect(cleared.outputs).toEqual([{ output_type: 'stream', name: 'stdout', text: 'kept\n' }])
    expect(replayed(cleared.id)).toEqual(cleared.outputs)
  })

  it('asks for input and goes on with the answer', async () => {
    const id = await start('name = input("Who? ")\nprint("Hello", name)')
    const asking = await until(id, (execution) => execution.prompt !== null)
    expect(asking.prompt).toEqual({ text: 'Who? ', isPassword: false })
    await kernels.handlers.input({ kernelId, value: 'Ada' }, { signal })
    const done = await until(id, hasEnded)
    expect(streamText(done)).toBe('Who? Ada\nHello Ada\n')
    expect(done.state).toBe('ok')
    await expect(kernels.handlers.input({ kernelId, value: 'x' }, { signal })).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('loses none of 20,000 lines', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('')
    const atOnce = await run('for i in range(20_000): print("line", i)')
    expect(streamText(atOnce)).toBe(lines)
    expect(streamText({ outputs: replayed(atOnce.id) })).toBe(lines)
    const batches = events.filter(
      ({ name, payload }) => name === 'output' && (payload as { executionId: string }).executionId === atOnce.id,
    )
    const seconds = ((atOnce.endedAt ?? 0) - (atOnce.startedAt ?? 0)) / 1000
    expect(batches.length).toBeLessThanOrEqual(2 + seconds * 31)
  })

  it('keeps 10 MB of a cell’s output and puts the rest into a file that it names', async () => {
    const done = await run('print("x" * 9_999_990 + "\\n" + "y" * 1_000)\nprint("tail")', 'flood')
    const place = /The rest is in (\.proml\/outputs\/\w+\.txt)/.exec(streamText(done, 'stderr'))?.[1] ?? ''
    const rest = readFileSync(context.workspace.resolve(place), 'utf8')
    const isWhole = streamText(done) + rest === `${'x'.repeat(9_999_990)}\n${'y'.repeat(1_000)}\ntail\n`
    expect(isWhole).toBe(true)
    expect(streamText(done)).toHaveLength(10_000_000)
  })

  it('completes names, in a line with wide characters too', async () => {
    const code = '"😀"; import os; os.getcw'
    const {
      matches,
      start: from,
      end,
    } = await kernels.handlers.complete({ kernelId, code, cursor: code.length }, { signal })
    expect(matches.map((match) => match.text)).toEqual(expect.arrayContaining(['getcwd', 'getcwdb']))
    expect(code.slice(from, end)).toBe('getcw')
  })

  it('documents a name', async () => {
    const found = await kernels.handlers.inspect({ kernelId, code: 'len', cursor: 3 }, { signal })
    expect(found.isFound).toBe(true)
    expect(found.text).toContain('Return the number of items in a container')
    expect(await kernels.handlers.inspect({ kernelId, code: 'no_such_name', cursor: 3 }, { signal })).toEqual({
      isFound: false,
      text: '',
    })
  })

  it('lists its variables without leaving a trace', async () => {
    await run(
      'import numpy as np, pandas as pd\nnumbers = np.zeros((3, 4))\ntable = pd.DataFrame({"a": [1, 2]})\nword = "hi"\nclass Bad:\n  def __repr__(self): raise ValueError\nbad = Bad()',
    )
    const before = await run('print(len(globals()))')
    const variables = await kernels.handlers.variables({ kernelId }, { signal })
    expect(variables).toEqual(
      expect.arrayContaining([
        { name: 'numbers', type: 'ndarray', value: 'float64', shape: '3 × 4', isFrame: false },
        { name: 'table', type: 'DataFrame', value: 'a', shape: '2 × 1', isFrame: true },
        { name: 'word', type: 'str', value: "'hi'", shape: '2', isFrame: false },
      ]),
    )
    expect(variables.map((variable) => variable.name)).not.toContain('In')
    const after = await run('print(len(globals()))')
    // Each cell that prints leaves its input as `_iN`.
    expect(Number(streamText(after))).toBe(Number(streamText(before)) + 1)
    expect(after.executionCount).toBe((before.executionCount ?? 0) + 1)
  })

  it('can be interrupted', async () => {
    const id = await start('import time\nprint("begun", flush=True)\ntime.sleep(60)')
    await until(id, (execution) => execution.outputs.length > 0)
    await kernels.handlers.interrupt({ kernelId }, { signal })
    const stopped = await until(id, hasEnded)
    expect(stopped.state).toBe('error')
    expect(stopped.outputs.at(-1)).toMatchObject({ output_type: 'error', ename: 'KeyboardInterrupt' })
    expect((await run('print("alive")')).state).toBe('ok')
  })

  it('can be interrupted before it has even begun the cell, and goes on', async () => {
    // When the signal comes differs each time: before the cell's first line the kernel never answers.
    for (let round = 0; round < 12; round++) {
      const id = await start('import time\nwhile True: time.sleep(0.05)')
      await kernels.handlers.interrupt({ kernelId }, { signal })
      const stopped = await until(id, hasEnded)
      expect(stopped.outputs.at(-1)).toMatchObject({ output_type: 'error', ename: 'KeyboardInterrupt' })
      expect((await run('print("alive")')).state).toBe('ok')
    }
  })

  it('forgets its variables when restarted, and says which cells did not finish', async () => {
    await run('kept = 1')
    const slow = await start('import time; time.sleep(60)', 'slow')
    const waiting = await start('print("waits")', 'waiting')
    await until(slow, (execution) => execution.state === 'running')
    const kernel = await kernels.handlers.restart({ kernelId }, { signal })
    expect(kernel).toMatchObject({ id: kernelId, deaths: 0 })
    expect((await executionOf(slow)).state).toBe('aborted')
    expect((await executionOf(waiting)).state).toBe('aborted')
    expect(await run('kept')).toMatchObject({ state: 'error', executionCount: 1 })
  })

  it('that is killed in the middle of a cell comes back, and the cell says that all variables are lost', async () => {
    const pid = Number(streamText(await run('kept = 1; import os; print(os.getpid())')))
    const victim = await start('print("begun", flush=True)\nimport time; time.sleep(60)', 'victim')
    const behind = await start('print("behind")', 'behind')
    await until(victim, (execution) => execution.outputs.length > 0)
    process.kill(pid, 'SIGKILL')
    const died = await until(victim, hasEnded)
    expect(died.state).toBe('died')
    expect(died.outputs[0]).toEqual({ output_type: 'stream', name: 'stdout', text: 'begun\n' })
    expect(died.outputs[1]).toMatchObject({
      output_type: 'error',
      ename: 'KernelDied',
      evalue: expect.stringContaining('All variables are lost'),
    })
    expect((await executionOf(behind)).state).toBe('aborted')
    const again = await run('print("back")')
    expect(again).toMatchObject({ state: 'ok', executionCount: 1 })
    expect(await kernels.handlers.list({}, { signal })).toMatchObject([{ id: kernelId, deaths: 1 }])
  })

  it.skipIf(process.platform === 'win32')('listens on nothing but a private socket', async () => {
    const folders = [process.env.XDG_RUNTIME_DIR ?? '', '/tmp', process.env.TMPDIR ?? ''].filter(Boolean)
    const sockets = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.startsWith('proml-k-'))
        .map((name) => join(folder, name, 'j')),
    )
    const modes = sockets.flatMap((path) => {
      try {
        return [[statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777]]
      } catch {
        return []
      }
    })
    expect(modes.length).toBeGreaterThan(0)
    for (const mode of modes) expect(mode).toEqual([0o600, 0o700])
  })
})

describe('the Jupyter server', () => {
  const launcher = join(projectRoot, 'resources/python/launcher.py')

  it('ends when the program that started it is gone', async () => {
    const folder = temporaryFolder()
    const env = {
      ...process.env,
      ...python.environment(),
      JUPYTER_TOKEN: 'x',
      JUPYTER_RUNTIME_DIR: folder.path,
      JUPYTER_CONFIG_DIR: folder.path,
    }
    const args = [launcher, '--no-browser', '--allow-root', `--ServerApp.sock=${join(folder.path, 'j')}`]
    const child = spawn(await python.interpreter(), args, {
      cwd: folder.path,
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const end = new Promise((done) => child.once('exit', done))
    while (!existsSync(join(folder.path, 'j'))) await pause(50)
    child.stdin.destroy()
    await end
    folder.remove()
  })

  it('that is killed takes its kernels with it, which is said, and the next start brings a new one', async () => {
    const mine: Kernel[] = []
    const other = createKernelsService(context, (name, payload) => name === 'changed' && mine.push(payload as Kernel), {
      python,
    })
    const kernel = await other.handlers.start({ path: 'explore.ipynb' }, { signal })
    const { id } = await other.handlers.execute(
      {
        kernelId: kernel.id,
        cellId: 'a',
        code: 'import os; print(os.getppid(), flush=True); import time; time.sleep(60)',
      },
      { signal },
    )
    const find = async () =>
      (await other.handlers.executions({ kernelId: kernel.id }, { signal })).find((each) => each.id === id)
    let execution = await find()
    while (!execution || execution.outputs.length === 0) {
      await pause(50)
      execution = await find()
    }
    process.kill(Number(streamText(execution)), 'SIGKILL')
    while (execution?.state === 'running') {
      await pause(50)
      execution = await find()
    }
    expect(execution?.state).toBe('died')
    expect(mine.at(-1)).toMatchObject({ id: kernel.id, status: 'dead', deaths: 1 })
    await expect(
      other.handlers.execute({ kernelId: kernel.id, cellId: 'b', code: '1' }, { signal }),
    ).rejects.toMatchObject({ code: 'kernel_dead' })
    const next = await other.handlers.start({ path: 'explore.ipynb' }, { signal })
    expect(next.id).not.toBe(kernel.id)
    await other.dispose()
  })
})

describe('a notebook run without a window', () => {
  it('is saved with its outputs, table and plots', async () => {
    const { jobId } = await kernels.handlers.runNotebook(
      { path: 'explore.ipynb', outputPath: 'done.ipynb' },
      { signal },
    )
    expect(await context.jobs.finished(jobId)).toEqual({ path: 'done.ipynb', cells: 6 })
    const notebook = parseNotebook(readFileSync(join(context.workspace.root, 'done.ipynb'), 'utf8'))
    const types = notebook.cells.flatMap((cell) => cell.outputs).flatMap((output) => Object.keys(output.data ?? {}))
    expect(types.filter((type) => type === 'image/png')).toHaveLength(2)
    expect(types).toContain('text/html')
    expect(notebook.cells.find((cell) => cell.key === 'read')?.outputs[0]).toMatchObject({
      text: '200,000 flights, 01 January 2001 to 13 January 2001\n',
    })
    expect(await kernels.handlers.list({}, { signal })).toHaveLength(1)
  })

  it('stops at the first error, says which cell, and saves what there is', async () => {
    const cell = (id: string, source: string) => ({
      cell_type: 'code',
      id,
      source,
      metadata: {},
      outputs: [],
      execution_count: null,
    })
    const cells = [cell('a', 'print(1)'), cell('b', 'nonsense'), cell('c', 'print(3)')]
    writeFileSync(
      join(context.workspace.root, 'bad.ipynb'),
      JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    )
    const { jobId } = await kernels.handlers.runNotebook({ path: 'bad.ipynb' }, { signal })
    await expect(context.jobs.finished(jobId)).rejects.toMatchObject({
      code: 'kernel_failed',
      message: "Cell 2 failed: NameError: name 'nonsense' is not defined",
    })
    const saved = parseNotebook(readFileSync(join(context.workspace.root, 'bad.ipynb'), 'utf8'))
    expect(saved.cells.map((each) => each.outputs.length)).toEqual([1, 1, 0])
  })

  it('does not overwrite what was saved while it ran', async () => {
    const path = join(context.workspace.root, 'edited.ipynb')
    const cell = {
      cell_type: 'code',
      id: 'a',
      source: "open('edited.ipynb', 'a').write('\\n')",
      metadata: {},
      outputs: [],
      execution_count: null,
    }
    const text = JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 })
    writeFileSync(path, text)
    const { jobId } = await kernels.handlers.runNotebook({ path: 'edited.ipynb' }, { signal })
    const result = await context.jobs.finished(jobId)
    expect(result.path).toMatch(/^edited \(run .*\)\.ipynb$/)
    expect(readFileSync(path, 'utf8')).toBe(`${text}\n`)
    const saved = parseNotebook(readFileSync(join(context.workspace.root, String(result.path)), 'utf8'))
    expect(saved.cells[0]?.outputs).toHaveLength(1)
  })
})

describe('another environment', () => {
  it('beside the notebook can be chosen when it has ipykernel', async () => {
    const folder = join(context.workspace.root, '.venv')
    const managed = await python.interpreter()
    execFileSync(managed, ['-m', 'venv', '--without-pip', folder])
    const packages = execFileSync(
      managed,
      ['-c', 'import ipykernel, os; print(os.path.dirname(ipykernel.__path__[0]))'],
      { encoding: 'utf8' },
    )
    const own = execFileSync(join(folder, 'bin/python'), ['-c', 'import site; print(site.getsitepackages()[0])'], {
      encoding: 'utf8',
    })
    writeFileSync(join(own.trim(), 'shared.pth'), packages)
    const spec = (await kernels.handlers.specs({}, { signal })).find((each) =>
      each.displayName.startsWith('Virtual environment .venv'),
    )
    if (!spec) throw new Error('The environment is not offered.')
    const before = kernelId
    kernelId = (await kernels.handlers.start({ path: 'explore.ipynb', spec: spec.name }, { signal })).id
    expect(kernelId).not.toBe(before)
    expect(streamText(await run('import sys; print(sys.prefix)'))).toBe(`${folder}\n`)
    expect(await kernels.handlers.list({}, { signal })).toMatchObject([{ id: kernelId, displayName: spec.displayName }])
  })
})

describe('a restricted workspace', () => {
  it('runs nothing', async () => {
    const restricted = createKernelsService(context, () => {}, { python, isTrusted: () => false })
    const refused = { code: 'permission_denied' }
    await expect(restricted.handlers.start({ path: 'explore.ipynb' }, { signal })).rejects.toMatchObject(refused)
    await expect(restricted.handlers.runNotebook({ path: 'explore.ipynb' }, { signal })).rejects.toMatchObject(refused)
    await restricted.dispose()
  })
})
