import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parameterOf } from '@shared/graph/operators'
import { format } from '@shared/language/format/format'
import { algorithmsReference, keptOperators } from '@shared/language/operators/algorithmsReference'
import { signatureOf } from '@shared/language/operators/operator'
import { operatorsReference } from '@shared/language/operators/reference'
import { findOperator, operators, operatorsWith } from '@shared/language/operators/table'
import { operatorMarkdown } from '@shared/language/server/describe'
import { parse } from '@shared/language/syntax/parser'
import { planModel } from '@shared/plan/build'
import { compileExpression } from '@shared/sql/expression'
import { describe, expect, it } from 'vitest'
import { projectRoot, testHome } from '../support/context'
import { check, modelOf, prelude } from './support'

/** A program in which the operator's example stands where its role lets it stand. */
const programWith = (role: string, example: string): string => {
  const regression = (text: string) => text.replace('predict late = delay > 15', 'predict late = delay')
  const isRegression = /^(linear|ridge|lasso|elastic_net|poisson|value)\(/.test(example)
  const program = (() => {
    switch (role) {
      case 'row':
        return modelOf(
          `  use x = ${example}\n  use distance\n  let port = ${/^(lower|upper)/.test(example) ? 'one_hot(x)' : 'concat(x)'}\n  let gbt = boosted_trees(port, distance)\n  output p = probability(gbt)`,
        )
      case 'aggregate':
        return `${prelude}feature x of airport = ${example} from flights by origin${example.startsWith('latest') ? '' : ' over 3h'}\n`
      case 'transform':
        return modelOf(
          `  use distance\n  use origin\n  use destination\n  let x = ${example}\n  let port = one_hot(origin)\n  let gbt = boosted_trees(x, port, distance)\n  output p = probability(gbt)`,
        )
      case 'algorithm':
        return modelOf(
          `  use distance\n  use origin\n  let gbt = ${example}\n  output p = ${isRegression ? 'value' : 'probability'}(gbt)`,
        )
      case 'combinator':
        return modelOf(
          `  use distance\n  let lin = logistic(distance)\n  let gbt = boosted_trees(distance)\n  let x = ${example}\n  output p = probability(x)`,
        )
      default:
        return modelOf(`  use distance\n  let gbt = boosted_trees(distance)\n  output p = ${example}`)
    }
  })()
  return isRegression ? regression(program) : program
}

describe('the table of operators', () => {
  for (const operator of operators)
    for (const role of operator.roles)
      it(`formats and checks the example of ${operator.name} as ${role}`, () => {
        const text = programWith(role, operator.example)
        const formatted = format(text)
        expect(format(formatted)).toBe(formatted)
        const { diagnostics } = check(formatted)
        const expected = operator.lowerings.length === 0 ? ['PML1215'] : []
        expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(expected)
      })

  it('has one operator for a name on each side', () => {
    for (const operator of operators) {
      for (const parameter of operator.parameters) {
        expect(parameter.isRequired === true && parameter.default !== null, `${operator.name} ${parameter.name}`).toBe(
          false,
        )
        expect(parameter.documentation).not.toBe('')
      }
      expect(signatureOf(operator)).toContain(operator.name)
    }
    const names = (side: 'row' | 'transform') => operatorsWith(side).map(({ name }) => name)
    expect(new Set(names('row')).size).toBe(names('row').length)
    expect(findOperator('mean', 'feature')?.roles).toEqual(['aggregate'])
    expect(findOperator('mean', 'model')?.roles).toEqual(['combinator'])
  })

  it('is written in the reference', () => {
    expect(readFileSync(join(projectRoot, 'docs/operators.md'), 'utf8')).toBe(operatorsReference())
    expect(readFileSync(join(projectRoot, 'docs/algorithms.md'), 'utf8')).toBe(algorithmsReference())
  })

  it('says of a name that nothing runs yet so in its hover, in its diagnostic and in the reference', () => {
    const kept = keptOperators()
    for (const operator of kept) {
      const [role = 'algorithm'] = operator.roles
      const text = programWith(role, operator.example)
      expect(operatorMarkdown(operator), operator.name).toContain('No trainer fits it yet.')
      expect(algorithmsReference(), operator.name).toContain(`| \`${signatureOf(operator)}\` |`)
      const told = check(text).diagnostics.find(({ code }) => code === 'PML1215')
      expect(told?.message, operator.name).toBe(`No trainer fits \`${operator.name}\` yet.`)
      const instead = operator.instead ?? []
      expect(instead.filter((name) => (findOperator(name, 'model')?.lowerings.length ?? 0) > 0)).toEqual(instead)
      const named = instead.filter((name) => told?.mend.includes(`\`${name}\``))
      expect(named.length, `${operator.name}: ${told?.mend}`).toBeGreaterThan(0)
    }
    expect(kept.map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "embed",
        "lightgbm",
        "nearest",
        "kmeans",
        "isolation_forest",
        "python",
        "tensorflow_serving",
        "open_inference",
        "onnx",
        "xgboost_model",
        "registry",
      ]
    `)
  })

  it('has everything that the language’s design names', () => {
    const designed = {
      transform:
        '+ - * / % = != < <= > >= if coalesce log1p exp sqrt abs clip round standardize min_max robust_scale quantile_transform bucketize one_hot ordinal target_encode cross impute is_null cyclic concat embed tfidf l2_normalize dot cosine',
      algorithm:
        'linear logistic ridge lasso elastic_net poisson decision_tree random_forest boosted_trees lightgbm mlp naive_bayes nearest kmeans isolation_forest mixed_effects python tensorflow_serving open_inference onnx xgboost_model registry',
      combinator: 'mean weighted stack calibrate cascade',
    } as const
    for (const role of ['transform', 'algorithm', 'combinator'] as const) {
      const names = new Set(operatorsWith(role).map(({ name }) => name))
      expect(designed[role].split(' ').filter((name) => !names.has(name))).toEqual([])
    }
  })

  it('takes a text that stands before the inputs, or that is named', () => {
    const paramsOf = (call: string) => {
      const { diagnostics, namespaces } = check(
        modelOf(`  use distance\n  let a = ${call}\n  output p = probability(a)`),
      )
      const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)
      const nodes = [...namespaces.values()].flatMap(({ models }) => [...models.values()].flatMap((one) => one.nodes))
      return { errors, node: nodes.find(({ name }) => name === 'a') }
    }
    const leading = paramsOf('tensorflow_serving("http://localhost:8501", "delays", distance)')
    const params = { url: 'http://localhost:8501', model: 'delays' }
    expect(leading).toMatchObject({ errors: ['PML1215'], node: { inputs: ['distance'], params } })
    const named = paramsOf('tensorflow_serving(distance, model: "delays", url: "http://localhost:8501")')
    expect(named.node?.params).toEqual(params)
    expect(paramsOf('tensorflow_serving("http://localhost:8501", distance)').errors).toContain('PML1207')
    expect(paramsOf('onnx("m.onnx", distance, path: "n.onnx")').errors).toContain('PML1209')
    const python = findOperator('python', 'model')
    expect(python && signatureOf(python)).toBe('python(factory: string, x: tensor…)')
    const call = parse(modelOf('  let a = python("m:f", distance)'))
      .declarations.flatMap((one) => (one.kind === 'model' ? one.statements : []))
      .flatMap((one) => (one.kind === 'let' && one.expression.kind === 'call' ? [one.expression] : []))[0]
    expect(call?.args.map((argument, index) => parameterOf(python, argument, index)?.name)).toEqual([
      'factory',
      undefined,
    ])
  })

  it('refuses a combinator of probabilities for a number, and vectors that are not as wide as each other', () => {
    const codes = (text: string) =>
      check(text)
        .diagnostics.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code)
    const number = (call: string) =>
      modelOf(`  use distance\n  let lin = linear(distance)\n  let x = ${call}\n  output p = value(x)`).replace(
        'predict late = delay > 15',
        'predict late = delay',
      )
    expect(codes(number('calibrate(lin)'))).toEqual(['PML1512'])
    expect(codes(number('cascade(lin, lin)'))).toEqual(['PML1512'])
    expect(codes(number('stack(lin, lin)'))).toEqual([])
    expect(codes(programWith('transform', 'dot(cyclic(distance, 24), concat(distance, distance, distance))'))).toEqual([
      'PML1214',
    ])
  })

  it('compiles every row function to SQL', () => {
    for (const { name, example } of operatorsWith('row')) {
      const planned = planModel(check(programWith('row', example)), 'test.proml')
      if (!planned.ok) throw new Error(`${name} has no plan`)
      const use = planned.plan.uses[0]
      if (use?.definition.kind !== 'row') throw new Error(`${name} is no row expression`)
      expect(compileExpression(use.definition.expr, { column: (column) => `"${column}"` }), name).not.toBe('')
    }
  })

  it('promises the trainer nothing that it does not know', () => {
    const lock = readFileSync(join(projectRoot, 'resources/python/requirements.lock'))
    const digest = createHash('sha256').update(lock).digest('hex').slice(0, 12)
    const python = join(testHome(), `python/managed-${digest}/bin/python`)
    const script = `import json
from proml.transforms.table import TRANSFORMS
from proml.algorithms.table import ALGORITHMS
print(json.dumps({"transforms": list(TRANSFORMS), "algorithms": {k: list(v.params) for k, v in ALGORITHMS.items()}}))`
    const said = execFileSync(python, ['-c', script], {
      cwd: join(projectRoot, 'resources/python'),
      env: { ...process.env, PYTHONPATH: join(projectRoot, 'resources/python') },
      encoding: 'utf8',
    })
    const known: { transforms: string[]; algorithms: Record<string, string[]> } = JSON.parse(said)
    expect(
      operatorsWith('transform')
        .filter(({ lowerings }) => lowerings.length > 0)
        .map(({ name }) => name)
        .filter((name) => !known.transforms.includes(name)),
    ).toEqual([])
    for (const { name, parameters, lowerings } of operatorsWith('algorithm')) {
      if (lowerings.length === 0) continue
      const names = parameters.map((parameter) => parameter.name)
      expect(
        names.filter((each) => !known.algorithms[name]?.includes(each)),
        name,
      ).toEqual([])
    }
  })
})
