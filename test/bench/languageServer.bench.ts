import { execFileSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { it } from 'vitest'
import { startCommand, type TestClient } from '../language-server/client'
import { filesOf, programOf } from './programs'

/** From the client’s end of `proml lsp` as it is built: a letter typed, until the problems of that version are there; then what may follow. */
async function typing(client: TestClient, text: string, before: string): Promise<Record<string, number[]>> {
  const { connection, uri } = client
  const times: Record<string, number[]> = {
    'keystroke to problems': [],
    completion: [],
    'completion of every feature': [],
    hover: [],
    'signature help': [],
  }
  const at = text.indexOf(before) + before.length
  const lines = text.slice(0, at).split('\n')
  const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 }
  // A derived feature may read any other: the longest list that there is.
  const derived = text.slice(0, text.indexOf('\n  = if(') + '\n  = if('.length).split('\n')
  const everywhere = { line: derived.length - 1, character: derived.at(-1)?.length ?? 0 }
  await client.check(text)
  for (let round = 0; round < 120; round++) {
    const isTyped = round % 2 === 0
    const start = performance.now()
    const told = client.published('flights.proml', ({ version }) => version === round + 2)
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: round + 2 },
      contentChanges: [
        isTyped
          ? { range: { start: position, end: position }, text: 'd' }
          : { range: { start: position, end: { ...position, character: position.character + 1 } }, text: '' },
      ],
    })
    const asked = async (name: string, method: string, place = position): Promise<void> => {
      const from = performance.now()
      await connection.sendRequest(method, {
        textDocument: { uri },
        position: isTyped && place === position ? { ...place, character: place.character + 1 } : place,
      })
      times[name]?.push(performance.now() - from)
    }
    // As an editor does: the list is asked for at once, while the check is still due.
    await asked('completion', 'textDocument/completion')
    await told
    times['keystroke to problems']?.push(performance.now() - start)
    await asked('hover', 'textDocument/hover')
    await asked('signature help', 'textDocument/signatureHelp')
    await asked('completion of every feature', 'textDocument/completion', everywhere)
  }
  return times
}

const at = (values: readonly number[], share: number): number =>
  Number((values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0).toFixed(1))

/** Resident memory in MB, as the system counts it. */
const memoryOf = (pid: number | undefined): number =>
  Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024)

async function measure(what: string, files: readonly { path: string; text: string }[]): Promise<void> {
  const [edited, ...others] = files.toReversed()
  if (!edited) return
  const empty = await startCommand()
  await empty.check('')
  const idle = memoryOf(empty.process.pid)
  await empty.end()
  const client = await startCommand({ files: Object.fromEntries(others.map(({ path, text }) => [path, text])) })
  const lines = files.reduce((sum, { text }) => sum + text.split('\n').length, 0)
  const times = await typing(client, edited.text, '  let far = standardize(')
  console.table(
    Object.entries(times).map(([name, values]) => ({
      what: name,
      'median ms': at(values.slice(20), 0.5),
      'p95 ms': at(values.slice(20), 0.95),
    })),
  )
  console.log(`${what}, ${lines} lines; memory ${memoryOf(client.process.pid)} MB, ${idle} MB idle`)
  await client.end()
}

it(
  'measures typing in one file',
  () => measure('one file', [{ path: 'flights.proml', text: programOf(5_000) }]),
  120_000,
)
it('measures typing in one of fifty files', () => measure('fifty files', filesOf(5_000, 50)), 120_000)
