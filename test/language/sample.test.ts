import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'

describe('the flights sample, against its real files', () => {
  const context = testContext({ sample: 'flights' })
  const data = createDataService(context, () => {})
  let language: LanguageService
  beforeAll(() => {
    language = createLanguageService(context, () => {}, { data })
  })
  afterAll(async () => {
    await language.dispose()
    await data.dispose()
    context.remove()
  })

  it('checks without a word', async () => {
    const { diagnostics, files } = await language.handlers.check({}, { signal: new AbortController().signal })
    expect(diagnostics).toEqual([])
    expect(files).toBe(1)
  })

  it('plans its model with the types of the files', async () => {
    const plan = await language.planOf('flights.proml', 'late_departure')
    expect(plan.uses.map(({ name, tensor, isNullable }) => `${name} ${tensor}${isNullable ? '?' : ''}`)).toEqual([
      'distance int64',
      'hour int64',
      'weekday int64',
      'origin string',
      'from_delay_1h float32',
      'from_delay_3h float32',
      'from_late_share float32',
      'from_is_busy bool',
      'from_latitude float32?',
      'inbound_delay float32',
      'to_delay_3h float32',
      'route_last_delay float32?',
      'route_delay_1d float32?',
      'route_delay_7d float32?',
      'return_delay_1d float32?',
    ])
    expect(plan.label).toMatchObject({ name: 'late', type: 'bool', task: 'binary' })
  })
})
