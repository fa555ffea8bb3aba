import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CellOutput, Execution } from '@shared/kernels/kernel'
import { parseNotebook } from '@shared/notebook/notebook'
import { fromFileOutputs } from '@shared/notebook/outputs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createKernelsService, type KernelsService } from '../../electron/services/kernels/kernels'
import { createPythonService, type PythonService } from '../../electron/services/python/python'
import { projectRoot, testContext } from '../support/context'

// Kernels, the studio’s own command and a training run take their time; nothing here is judged by the clock.
vi.setConfig({ testTimeout: 120_000 })

const signal = AbortSignal.timeout(900_000)
let context: ReturnType<typeof testContext>
let python: PythonService
let kernels: KernelsService
let kernelId: string

beforeAll(async () => {
  const made = testContext({ sample: 'flights' })
  // Where the command that the magics call is built.
  context = { ...made, platform: { ...made.platform, code: join(projectRoot, 'out/main') } }
  python = createPythonService(context, () => {})
  await python.ready()
  kernels = createKernelsService(context, () => {}, { python })
  kernelId = (await kernels.handlers.start({ path: 'magic.ipynb' }, { signal })).id
}, 300_000)
afterAll(async () => {
  await kernels.dispose()
  await python.dispose()
  context.remove()
})

const run = async (code: string): Promise<Execution> => {
  const { id } = await kernels.handlers.execute({ kernelId, cellId: 'cell', code }, { signal })
  for (;;) {
    const found = (await kernels.handlers.executions({ kernelId }, { signal })).find((each) => each.id === id)
    if (found && found.endedAt !== null) return found
    await pause(20)
  }
}

/** Everything of one kind that the outputs carry, one after another. */
const shown = (outputs: readonly CellOutput[], type: string): string =>
  outputs
    .map((output) => {
      if (output.output_type === 'error') return type === 'text/plain' ? output.traceback.join('\n') : ''
      if (output.output_type === 'stream') return type === 'text/plain' ? output.text : ''
      const value = output.data[type]
      return typeof value === 'string' ? value : ''
    })
    .join('\n')

const traceOf = ({ outputs }: Pick<Execution, 'outputs'>): string =>
  outputs.flatMap((output) => (output.output_type === 'error' ? output.traceback : [])).join('\n')

const small = `namespace cell
source flights = parquet("data/flights.parquet") { time date  row (date, origin, destination) }
entity airport(code: string)
feature delay_3h: float of airport = mean(delay) from flights by origin over 3h
model late {
  observe flights where distance > 2000
  predict late = delay > 15
  use distance
  use from_delay = delay_3h by origin
  let gbt = boosted_trees(distance, from_delay, depth: 3, rounds: 10)
  output p = probability(gbt)
}
`

const workspaceFile = (name: string): string => join(context.workspace.root, name)

describe('the magics, in a kernel that the studio started', () => {
  it('are there without %load_ext, and say what there is', async () => {
    const help = await run('%proml')
    expect(help.state).toBe('ok')
    expect(shown(help.outputs, 'text/plain')).toContain('%proml preview FEATURE [--rows N] [--as-of MOMENT]')
    expect((await run('%load_ext proml\nimport proml, os')).state).toBe('ok')
  })

  it('show a mistake under its line, with a mend, and no traceback', async () => {
    const done = await run(`%%proml\n${small.replace('mean(delay)', 'mean(dely)')}`)
    expect(done.state).toBe('ok')
    const text = shown(done.outputs, 'text/plain')
    expect(text).toContain('notebook_cell.proml:4:43 error PML1101')
    expect(text).toMatch(/\n {4}feature delay_3h.*\n {46}\^{4}\n/)
    expect(text).toContain('Did you mean `delay`?')
    expect(shown(done.outputs, 'text/html')).toContain('<b>notebook_cell.proml:4:43 error PML1101</b>')
    expect(text).not.toContain('Traceback')
  })

  it('mark the place in a line with characters of two units', async () => {
    const done = await run(
      '%%proml\nsource s = csv("data/airports.csv")\nfeature f: string = coalesce("🛫🛬", nme) from s',
    )
    expect(shown(done.outputs, 'text/plain')).toContain(
      '    feature f: string = coalesce("🛫🛬", nme) from s\n                                         ^^^',
    )
  })

  it('remember a program without writing it, and preview a feature as a dataframe', async () => {
    expect(shown((await run(`%%proml\n${small}`)).outputs, 'text/plain')).toContain('0 errors, 0 warnings.')
    expect(readdirSync(context.workspace.root).filter((name) => /.\.proml$/.test(name))).toEqual(['flights.proml'])
    const frame = await run(
      'rows = %proml preview delay_3h --rows 4 --as-of 2001-01-05T18:30\nprint(rows.dtypes.to_dict())\nrows',
    )
    expect(shown(frame.outputs, 'text/html')).toMatch(/<th>delay_3h<\/th>/)
    expect(shown(frame.outputs, 'text/plain')).toMatch(/'code': dtype\('O'\), 'delay_3h': dtype\('float64'\)/)
    const typed = await run(`proml.preview("flights.route_last_delay", rows=3).dtypes.astype(str).to_dict()`)
    expect(shown(typed.outputs, 'text/plain')).toContain("'route_last_delay': 'Int64'")
    const moments = await run(
      'proml.preview("long", rows=3, program="""source s = parquet("data/flights.parquet") { time date }\nfeature long: bool = distance > 1000 from s""").dtypes.astype(str).to_dict()',
    )
    expect(shown(moments.outputs, 'text/plain')).toMatch(/'date': 'datetime64\[\w+\]', 'long': 'boolean'/)
  })

  it('draw the graph, with its words for those who see no drawing', async () => {
    const done = await run('%proml graph')
    expect(shown(done.outputs, 'image/svg+xml')).toContain('<title id="title">Feature graph of late</title>')
    expect(shown(done.outputs, 'text/plain')).toMatch(/^algorithm gbt +boosted_trees {2}← distance, from_delay$/m)
    expect(shown((await run('%proml graph late_departure --program flights.proml')).outputs, 'text/plain')).toContain(
      'Feature graph of late_departure',
    )
  })

  it('train with progress and a result that links its run, and evaluate it again', async () => {
    const done = await run('%proml train late')
    expect(traceOf(done)).toBe('')
    const html = shown(done.outputs, 'text/html')
    expect(html).toContain('<a href="#run/r-0001">run r-0001</a>')
    expect(html).toMatch(/<th>auc<\/th><td>0\.\d{4}<\/td>/)
    expect(html.match(/<img alt="[^"]+" src="data:image\/svg\+xml;base64,/g)).toHaveLength(3)
    const run1: unknown = JSON.parse(readFileSync(context.workspace.internal('runs', 'r-0001', 'run.json'), 'utf8'))
    expect(run1).toMatchObject({ model: 'late', path: 'notebook_cell.proml', state: 'succeeded' })
    expect(readFileSync(context.workspace.internal('runs', 'r-0001', 'program.proml'), 'utf8')).toBe(small)
    const again = await run('%proml evaluate late')
    expect(shown(again.outputs, 'text/plain')).toContain('late · run r-0001 · succeeded')
    const by = await run('print(proml.evaluate("r-0001")["auc"] == proml.evaluate()["auc"])')
    expect(shown(by.outputs, 'text/plain')).toBe('True\n')
  })

  it('write a named program once it has no errors, and lose nothing that stood there', async () => {
    const broken = await run(`%%proml fresh.proml\n${small.replace('mean(delay)', 'mean(dely)')}`)
    expect(shown(broken.outputs, 'text/plain')).toContain('fresh.proml is not written.')
    expect(existsSync(workspaceFile('fresh.proml'))).toBe(false)
    const text = small.replace('namespace cell', 'namespace fresh')
    expect(shown((await run(`%%proml fresh.proml\n${text}`)).outputs, 'text/plain')).toContain('Wrote fresh.proml.')
    expect(readFileSync(workspaceFile('fresh.proml'), 'utf8')).toBe(text)
    writeFileSync(workspaceFile('fresh.proml'), `// mine\n${text}`)
    const over = await run(`%%proml fresh.proml\n${text}\n`)
    const trashed = /\.proml\/trash\/(\S+)\./.exec(shown(over.outputs, 'text/plain'))?.[1] ?? ''
    expect(readFileSync(context.workspace.internal('trash', trashed, 'fresh.proml'), 'utf8')).toContain('// mine')
  })

  it('draft a program from a dataframe, keep its rows, and refuse to write over others', async () => {
    const code = 'import pandas as pd\nframe = pd.read_parquet("data/flights.parquet").head(20000)\n'
    const kept = await run(`${code}draft = proml.draft(frame, name="some")\nprint(draft.label)\ndraft`)
    expect(traceOf(kept)).toBe('')
    expect(shown(kept.outputs, 'text/plain')).toContain('source some = parquet("data/some.parquet") {')
    expect(shown(kept.outputs, 'text/html')).toContain('What was taken for granted:')
    expect(existsSync(workspaceFile('data/some.parquet'))).toBe(true)
    const twice = await run('proml.draft(frame, name="some")')
    expect(twice.state).toBe('error')
    expect(traceOf(twice)).toBe(
      "data/some.parquet is there already.\nChoose another name, or draft from the file: proml.draft('data/some.parquet').",
    )
    const light = await run('print(proml.draft(frame, save=False, path="data/later.parquet"))')
    expect(shown(light.outputs, 'text/plain')).toContain('source later = parquet("data/later.parquet")')
    expect(existsSync(workspaceFile('data/later.parquet'))).toBe(false)
    expect(readdirSync(context.workspace.internal('tmp')).filter((name) => name.startsWith('draft-'))).toEqual([])
    const file = await run('%proml draft data/flights.parquet --out drafted.proml')
    expect(traceOf(file)).toBe('')
    expect(shown((await run('%proml check drafted.proml')).outputs, 'text/plain')).toContain('0 errors, 0 warnings.')
  })

  it('say what is wrong in two lines, whatever it is', async () => {
    const lines = async (code: string): Promise<string[]> => traceOf(await run(code)).split('\n')
    expect(await lines('%proml preview nothing_like_it')).toHaveLength(2)
    expect((await lines('%proml train none --program flights.proml'))[0]).toContain('has no model `none`')
    expect((await lines('%proml evalute'))[0]).toContain('%proml does not understand this')
    expect((await lines('kept = os.environ.pop("PROML_COMMAND"); os.environ["PATH"] = ""; proml.check()'))[0]).toBe(
      'The command `proml` is not here, and everything is computed by it.',
    )
    await run('os.environ["PROML_COMMAND"] = kept')
  })

  it('complete commands, features and programs', async () => {
    const complete = async (code: string): Promise<string[]> => {
      const { matches } = await kernels.handlers.complete({ kernelId, code, cursor: code.length }, { signal })
      return matches.map(({ text }) => text)
    }
    expect(await complete('%proml ev')).toContain('evaluate')
    expect(await complete('%proml preview airport_d')).toContain('airport_delay_3h')
    expect(await complete('%proml train late_')).toContain('late_departure')
    expect(await complete('%proml check fl')).toContain('flights.proml')
  })

  it('stop a training when the cell is interrupted', async () => {
    const { id } = await kernels.handlers.execute(
      { kernelId, cellId: 'long', code: '%proml train late_departure --program flights.proml' },
      { signal },
    )
    const runFile = context.workspace.internal('runs', 'r-0002', 'run.json')
    while (!existsSync(runFile)) await pause(50)
    await kernels.handlers.interrupt({ kernelId }, { signal })
    let execution: Execution | undefined
    while (!execution || execution.endedAt === null) {
      execution = (await kernels.handlers.executions({ kernelId }, { signal })).find((each) => each.id === id)
      await pause(50)
    }
    expect(traceOf(execution)).toBe('Stopped.')
    expect(JSON.parse(readFileSync(runFile, 'utf8'))).toMatchObject({ state: 'cancelled' })
  })
})

describe('the magics, in a kernel that somebody else started', () => {
  it('find the command on PATH, and a training ends with its kernel', async () => {
    const shim = workspaceFile('bin/proml')
    mkdirSync(workspaceFile('bin'))
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${join(projectRoot, 'out/main/cli.js')}" "$@"\n`, {
      mode: 0o755,
    })
    await run(`os.environ.pop("PROML_COMMAND", None); os.environ["PATH"] = ${JSON.stringify(workspaceFile('bin'))}`)
    expect(shown((await run('%proml check flights.proml')).outputs, 'text/plain')).toContain('0 errors, 0 warnings.')
    await kernels.handlers.execute(
      { kernelId, cellId: 'long', code: '%proml train late_departure --program flights.proml' },
      { signal },
    )
    const runFile = context.workspace.internal('runs', 'r-0003', 'run.json')
    while (!existsSync(runFile)) await pause(50)
    await kernels.handlers.restart({ kernelId }, { signal })
    const state = (): unknown => JSON.parse(readFileSync(runFile, 'utf8')).state
    while (state() === 'running') await pause(50)
    expect(state()).toBe('cancelled')
  })
})

describe('a notebook with Pro-ML in it', () => {
  it('runs as a job from its first cell to its last', async () => {
    mkdirSync(workspaceFile('notes'), { recursive: true })
    const cell = (source: string) => ({ cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null })
    const notebook = {
      nbformat: 4,
      nbformat_minor: 4,
      metadata: {},
      cells: [cell(`%%proml\n${small}`), cell('%proml preview delay_3h --rows 3'), cell('%proml graph late')],
    }
    writeFileSync(workspaceFile('notes/whole.ipynb'), JSON.stringify(notebook))
    const { jobId } = await kernels.handlers.runNotebook({ path: 'notes/whole.ipynb' }, { signal })
    await context.jobs.finished(jobId)
    const ran = parseNotebook(readFileSync(workspaceFile('notes/whole.ipynb'), 'utf8'))
    const [checked, frame, graph] = ran.cells.map((each) => (each.kind === 'code' ? fromFileOutputs(each.outputs) : []))
    expect(shown(checked ?? [], 'text/html')).toContain('0 errors, 0 warnings.')
    expect(shown(frame ?? [], 'text/html')).toContain('class="dataframe"')
    expect(shown(graph ?? [], 'image/svg+xml')).toContain('Feature graph of late')
  })
})
