import { afterEach, expect, test } from 'vitest'
import type { Hover, TextEdit } from 'vscode-languageserver-types'
import { type CommandClient, startCommand } from './client'

const features = `namespace flights

source flights = parquet("data/flights.parquet") {
  time date
  row (date, origin, destination)
}
entity airport(code: string)
feature delay_3h: float of airport = mean(delay) from flights by origin over 3h  default 0
feature odd: float of airport = mean(delai) from flights by origin over 1h
`
const model = `namespace flights

model late {
  observe flights
  predict late = delay > 15
  use here = delay_3h by origin
  output p = probability(logistic(here))
}
`
const mark = (before: string): string => model.replace(before, `${before}‸`)

let client: CommandClient | null = null
afterEach(async () => {
  await client?.end()
  client = null
})

test('the built command speaks the protocol: problems of unopened files, statistics of the real column, a rename across files', async () => {
  client = await startCommand({ files: { 'features.proml': features } })
  const { check, published, at, uriOf, uri } = client
  expect((await check(model)).diagnostics).toEqual([])
  // The columns of the file may come a moment after the first check.
  await published('features.proml', ({ diagnostics }) =>
    diagnostics.some(({ message }) => String(message).includes('`delai`')),
  )

  const hover = async () => JSON.stringify((await at<Hover | null>('textDocument/hover', mark('late = del')))?.contents)
  // The first may come without them: a hover waits no longer than a moment.
  while (!(await hover()).includes('200,000 rows'));
  expect(await hover()).toMatch(/median/)

  const { changes } = await at<{ changes: Record<string, TextEdit[]> }>('textDocument/rename', mark('here = delay'), {
    newName: 'delay_now',
  })
  expect(Object.keys(changes).sort()).toEqual([uriOf('features.proml'), uri].sort())
}, 120_000)

test('the command ends when its client goes', async () => {
  const started = await startCommand()
  const ended = new Promise((resolve) => started.process.once('exit', resolve))
  started.process.stdin?.end()
  expect(await ended).toBe(0)
  started.connection.dispose()
}, 60_000)
