import { operatorsWith } from '@shared/language/operators/table'
import { expect, test } from 'vitest'
import { python, pythonEnvironment, runPython } from './fixture'

const listing = `
import json
from proml.algorithms.table import ALGORITHMS
from proml.transforms.table import TRANSFORMS
algorithms = {name: {"params": list(a.params), "tasks": list(a.tasks), "missing": a.takes_missing} for name, a in ALGORITHMS.items()}
print(json.dumps({"transforms": {name: t.fit is not None for name, t in TRANSFORMS.items()}, "algorithms": algorithms}))
`

interface Listing {
  readonly transforms: Readonly<Record<string, boolean>>
  readonly algorithms: Readonly<Record<string, { params: string[]; tasks: string[]; missing: boolean }>>
}

test('whatever the language promises to run on tensors, the trainer knows, with the same parameters', async () => {
  const { stdout } = await runPython(python, ['-c', listing], { env: { ...process.env, ...pythonEnvironment } })
  const known: Listing = JSON.parse(stdout)
  const promised = (role: 'transform' | 'algorithm') =>
    operatorsWith(role).filter((one) => one.lowerings.includes('onnx'))
  expect(
    Object.fromEntries(promised('transform').map(({ name }) => [name, known.transforms[name] ?? 'unknown'])),
  ).toEqual(Object.fromEntries(promised('transform').map(({ name, isFitted }) => [name, isFitted ?? false])))
  expect(
    Object.fromEntries(promised('algorithm').map(({ name }) => [name, known.algorithms[name] ?? 'unknown'])),
  ).toEqual(
    Object.fromEntries(
      promised('algorithm').map(({ name, parameters, tasks, takesMissing }) => [
        name,
        { params: parameters.map((one) => one.name), tasks, missing: takesMissing ?? false },
      ]),
    ),
  )
})
