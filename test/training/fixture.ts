import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type ModelPlan,
  type NodePlan,
  type ParamValue,
  plainTraining,
  type TensorType,
  type UsePlan,
} from '@shared/plan/plan'
import type { TrainingDependencies } from '../../electron/services/training/training'
import { digestOfFile } from '../../electron/services/workspace/durable'
import { projectRoot, testHome } from '../support/context'

const lock = readFileSync(join(projectRoot, 'resources/python/requirements.lock'))
const environmentName = `managed-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`
export const python = join(
  testHome(),
  'python',
  environmentName,
  process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
)

export const pythonEnvironment = {
  PYTHONPATH: join(projectRoot, 'resources/python'),
  PYTHONDONTWRITEBYTECODE: '1',
  OMP_NUM_THREADS: String(Math.max(1, availableParallelism() - 1)),
}

export const runPython = promisify(execFile)

/** The first `rows` departures of the sample with their features. */
export const makeTrainingSet = async (target: string, rows: number): Promise<string> => {
  const flights = join(projectRoot, 'resources/samples/flights/data/flights.parquet')
  await runPython(python, [join(import.meta.dirname, 'make_training_set.py'), flights, target, String(rows)])
  return target
}

const span = { start: 0, end: 0 }

const use = (name: string, type: UsePlan['type'], tensor: TensorType, nulls: 'null' | 'never'): UsePlan => ({
  name,
  type,
  tensor,
  isNullable: nulls === 'null',
  definition: { kind: 'row', expr: { op: 'column', name, type } },
  span,
})

export const node = (
  role: NodePlan['role'],
  name: string,
  op: string,
  inputs: readonly string[],
  params: Readonly<Record<string, ParamValue>> = {},
): NodePlan => ({ name, op, role, inputs, params, type: 'float', width: null, span })

/** The sample’s model in small; `change` replaces parts of it. */
export const flightsPlan = (change: Partial<ModelPlan> = {}): ModelPlan => ({
  version: 1,
  namespace: 'flights',
  model: 'late_departure',
  documentation: '',
  file: 'flights.proml',
  sources: [],
  observation: { source: 'flights', filter: null },
  label: { name: 'late', expr: { op: 'column', name: 'late', type: 'bool' }, type: 'bool', task: 'binary' },
  features: [],
  uses: [
    use('distance', 'int', 'int64', 'never'),
    use('hour', 'int', 'int64', 'never'),
    use('from_delay', 'float', 'float32', 'null'),
    use('route_delay', 'float', 'float32', 'null'),
    use('is_long', 'bool', 'bool', 'never'),
    use('origin', 'string', 'string', 'never'),
  ],
  nodes: [
    node('transform', 'far$1', 'log1p', ['distance']),
    node('transform', 'far', 'standardize', ['far$1']),
    node('transform', 'when', 'cyclic', ['hour'], { period: 24 }),
    node('transform', 'port', 'one_hot', ['origin'], { max: 30 }),
    node('transform', 'filled', 'impute', ['from_delay'], { strategy: 'median' }),
    node('transform', 'recent', 'standardize', ['filled']),
    node('algorithm', 'lin', 'logistic', ['far', 'when', 'port', 'recent', 'is_long']),
    node('algorithm', 'gbt', 'boosted_trees', ['distance', 'hour', 'from_delay', 'route_delay', 'is_long'], {
      depth: 4,
      rounds: 60,
    }),
    node('combinator', 'blend', 'mean', ['lin', 'gbt']),
  ],
  outputs: [{ name: 'late_probability', node: 'blend', fn: 'probability', span }],
  train: { ...plainTraining, seed: 7 },
  ranking: null,
  gates: [],
  health: [],
  ...change,
})

/** The Python side as it is once it was set up. */
export const readyPython: TrainingDependencies['python'] = {
  interpreter: async () => {
    if (!existsSync(python)) throw new Error(`The managed Python is missing: ${python}`)
    return python
  },
  isBeingSetUp: () => false,
  ready: async () => python,
  environment: () => pythonEnvironment,
}

/** What training needs of the others, with a ready-made training set in place of the feature service. */
export const fixtureDependencies = (plan: ModelPlan, trainingSet: string): TrainingDependencies => ({
  language: { planOf: async () => plan },
  features: {
    buildTrainingSet: async (_plan, { output }) => {
      copyFileSync(trainingSet, output)
      return { path: output, rows: 0, features: 0, digest: await digestOfFile(output), reused: true, computed: 0 }
    },
  },
  python: readyPython,
})
