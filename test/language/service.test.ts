import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'
import { schemas } from './support'

let context: ReturnType<typeof testContext>
let service: LanguageService
let asked: string[]

const call = { signal: new AbortController().signal }

beforeEach(() => {
  context = testContext({ sample: 'flights' })
  asked = []
  const schemaOf = async (path: string) => {
    asked.push(path)
    const schema = schemas.get(path)
    if (!schema || 'failed' in schema) throw new StudioError('unreadable_file', `There is no file \`${path}\`.`)
    return schema
  }
  service = createLanguageService(context, () => {}, { data: { schemaOf } })
})
afterEach(async () => {
  await service.dispose()
  context.remove()
})

describe('the language service', () => {
  it('finds the sample’s models and plans them', async () => {
    const models = await service.handlers.models({}, call)
    expect(models).toMatchObject([
      { path: 'flights.proml', model: 'late_departure', uses: 15, hasErrors: false },
      { path: 'flights.proml', model: 'late_departure_without_history', uses: 4, hasErrors: false },
    ])
    expect((await service.planOf('flights.proml', 'late_departure')).features.map(({ name }) => name)).toContain(
      'airport_traffic_1d',
    )
  })

  it('checks a text that is not saved yet, and asks for each schema once', async () => {
    const { diagnostics } = await service.handlers.check(
      { path: 'flights.proml', text: 'source a = parquet("data/nothing.parquet")' },
      call,
    )
    expect(diagnostics).toMatchObject([{ code: 'PML1305', line: 1, column: 20 }])
    expect((await service.handlers.check({ path: 'flights.proml' }, call)).diagnostics).toEqual([])
    await service.handlers.check({}, call)
    expect(asked.toSorted()).toEqual(['data/airports.csv', 'data/flights.parquet', 'data/nothing.parquet'])
  })

  it('notices that a file changed on disk', async () => {
    await service.planOf('flights.proml', 'late_departure')
    writeFileSync(join(context.workspace.root, 'flights.proml'), 'model late_departure {\n  observe nowhere\n}\n')
    await expect(service.planOf('flights.proml')).rejects.toMatchObject({
      code: 'language_errors',
      message: 'There is no source `nowhere`.',
      place: { file: 'flights.proml', line: 2 },
    })
  })

  it('notices that a data file came or went', async () => {
    await service.planOf('flights.proml', 'late_departure')
    rmSync(join(context.workspace.root, 'data/airports.csv'))
    schemas.get('data/airports.csv')
    const before = asked.length
    await service.handlers.check({}, call)
    expect(asked.length).toBe(before + 1)
  })

  it('says which model is missing, and which there are', async () => {
    await expect(service.planOf('flights.proml')).rejects.toMatchObject({
      code: 'invalid_input',
      hint: 'It has: late_departure, late_departure_without_history.',
    })
    await expect(service.planOf('flights.proml', 'other')).rejects.toMatchObject({ code: 'not_found' })
    await expect(service.planOf('none.proml')).rejects.toMatchObject({ code: 'not_found' })
    await expect(service.planOf('../flights.proml')).rejects.toMatchObject({ code: 'outside_workspace' })
  })
})
