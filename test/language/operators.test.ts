import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { signatureOf } from '@shared/language/operators/operator'
import { operatorsReference } from '@shared/language/operators/reference'
import { findOperator, operators, operatorsWith } from '@shared/language/operators/table'
import { planModel } from '@shared/plan/build'
import { compileExpression } from '@shared/sql/expression'
import { describe, expect, it } from 'vitest'
import { projectRoot, testHome } from '../support/context'
import { check, modelOf, prelude } from './support'

/** A program in which the operator's example stands where its role lets it stand. */
const programWith = (role: string, example: string): string => {
  const regression = (text: string) => text.replace('predict late = delay > 15', 'predict late = delay')
  const isRegression = /^(linear|ridge|value)\(/.test(example)
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
          `  use distance\n  use origin\n  let x = ${example}\n  let port = one_hot(origin)\n  let gbt = boosted_trees(x, port, distance)\n  output p = probability(gbt)`,
        )
      case 'algorithm':
        return modelOf(
          `  use distance\n  let gbt = ${example}\n  output p = ${isRegression ? 'value' : 'probability'}(gbt)`,
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
      it(`checks the example of ${operator.name} as ${role}`, () => {
        const { diagnostics } = check(programWith(role, operator.example))
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
