import type { ValueType } from '../../data/profile'
import type { NodePlan, ParamValue, Span } from '../../plan/plan'
import type { Expression, Identifier } from '../ast'
import type { Operator } from '../operators/operator'
import { findOperator, operatorsWith } from '../operators/table'
import { type Application, applicationOf } from './bindings'
import { constantNumber, parameterValues } from './parameters'
import type { Report } from './report'
import { nullableBy } from './rowExpressions'
import type { ModelValue, Task } from './symbols'
import { className, commonType, filledType, fits, typeName } from './types'

export interface NodeScope {
  readonly report: Report
  readonly file: string
  /** Null where the model predicts nothing. */
  readonly task: Task | null
  /** Tells the mistake and answers null where a name stands for nothing. */
  resolve(name: Identifier): ModelValue | null
  /** Nodes are added here, each after its inputs. */
  readonly nodes: NodePlan[]
}

export const taskNames: Readonly<Record<Task, string>> = { binary: 'true or false', regression: 'a number' }

/** Compiles the expression of a `let` into nodes; the last one has the `let`'s name. */
export const compileLet = (name: string, expression: Expression, scope: NodeScope, span: Span): ModelValue => {
  const compiler = createCompiler(name, scope)
  if (expression.kind === 'name') {
    const value = scope.resolve(expression.name)
    // One name more for a value: an operation that changes nothing.
    return compiler.add(
      name,
      { op: value?.isPrediction ? 'mean' : 'coalesce', inputs: [value], span, params: {} },
      value ?? null,
    )
  }
  return compiler.compile(expression, name, span) ?? failed(name)
}

/** Compiles what stands inside an output function; null after a mistake that was told. */
export const compileInner = (owner: string, expression: Expression, scope: NodeScope): ModelValue | null =>
  createCompiler(owner, scope).compile(expression, null, expression.span)

const failed = (name: string): ModelValue => ({
  name,
  type: 'unknown',
  width: null,
  isNullable: false,
  isPrediction: false,
})

interface NewNode {
  readonly op: string
  readonly inputs: readonly (ModelValue | null)[]
  readonly params: Readonly<Record<string, ParamValue>>
  readonly span: Span
}

const createCompiler = (owner: string, scope: NodeScope) => {
  let count = 0
  const add = (name: string | null, node: NewNode, result: Omit<ModelValue, 'name'> | null): ModelValue => {
    const value: ModelValue = { ...failed(''), ...result, name: name ?? `${owner}$${++count}` }
    const role = value.isPrediction
      ? findOperator(node.op, 'model')?.roles.includes('combinator')
        ? 'combinator'
        : 'algorithm'
      : 'transform'
    scope.nodes.push({
      name: value.name,
      op: node.op,
      role,
      inputs: node.inputs.map((input) => input?.name ?? ''),
      params: node.params,
      type: value.type,
      width: value.width,
      span: node.span,
    })
    return value
  }

  const literal = (value: number | string | boolean, type: ValueType, name: string | null, span: Span): ModelValue =>
    add(
      name,
      { op: 'literal', inputs: [], params: { value }, span },
      { type, width: 1, isNullable: false, isPrediction: false },
    )

  const compile = (expression: Expression, name: string | null, span: Span): ModelValue | null => {
    const number = constantNumber(expression)
    if (number !== null) {
      const isInteger = Number.isInteger(number) && (expression.kind !== 'number' || expression.isInteger)
      return literal(number, isInteger ? 'int' : 'float', name, span)
    }
    switch (expression.kind) {
      case 'string':
        return literal(expression.value, 'string', name, span)
      case 'bool':
        return literal(expression.value, 'bool', name, span)
      case 'name':
        return scope.resolve(expression.name)
      case 'error':
        return null
      case 'null':
        return notAValue(expression, 'Null')
      case 'duration':
        return notAValue(expression, 'A duration')
      case 'size':
        return notAValue(expression, 'A size')
      case 'range':
        return notAValue(expression, 'A range')
      case 'list':
        return notAValue(expression, 'A list')
      default: {
        const application = applicationOf(expression, 'model', scope)
        return application && apply(application, expression, name, span)
      }
    }
  }

  const notAValue = (expression: Expression, what: string): null => {
    scope.report.add(scope.file, 'PML1213', expression.span, { what })
    return null
  }

  const apply = (
    application: Application,
    expression: Expression,
    name: string | null,
    span: Span,
  ): ModelValue | null => {
    const { operator } = application
    if (operator.roles.includes('output')) {
      scope.report.add(scope.file, 'PML1111', expression.span, {
        name: operator.name,
        role: 'for `output`',
        side: 'model',
      })
      return null
    }
    if (operator.lowerings.length === 0) {
      const instead = operator.instead?.filter((each) => !scope.task || isFor(scope.task, findOperator(each, 'model')))
      scope.report.add(scope.file, 'PML1215', expression.span, { operator: operator.name, instead: instead ?? [] })
    }
    const inputs = application.inputs.map((input) => compile(input, null, input.span))
    const params = parameterValues(application, scope)
    checkWeights(application, params)
    const areGood = inputs.map(
      (input, index) => input === null || fitsInput(operator, input, application.inputs[index], index),
    )
    const isPrediction = operator.roles.includes('algorithm') || operator.roles.includes('combinator')
    if (isPrediction) checkTask(operator, expression)
    if (operator.roles.includes('algorithm')) checkAlgorithm(operator, application, inputs)
    const known = inputs.filter((input) => input !== null)
    const isKnown =
      areGood.every(Boolean) && known.length === inputs.length && known.every(({ type }) => type !== 'unknown')
    const type = isKnown ? resultOf(operator, known, expression) : isPrediction ? 'float' : 'unknown'
    return add(
      name,
      { op: operator.name, inputs, params, span },
      {
        type,
        width: widthOf(operator, known, expression),
        isNullable: nullableBy(operator.nulls, dataOf(operator, known)),
        isPrediction,
      },
    )
  }

  const checkWeights = (
    { operator, inputs, parameters }: Application,
    { weights }: Readonly<Record<string, ParamValue>>,
  ): void => {
    const expression = parameters.get('weights')
    if (!expression || !Array.isArray(weights) || weights.length === inputs.length) return
    const expected = `a list of ${inputs.length} numbers, one a prediction`
    const found = `a list of ${weights.length}`
    scope.report.add(scope.file, 'PML1208', expression.span, {
      operator: operator.name,
      parameter: 'weights',
      expected,
      found,
    })
  }

  const fitsInput = (
    operator: Operator,
    input: ModelValue,
    expression: Expression | undefined,
    index: number,
  ): boolean => {
    const declared = operator.inputs[Math.min(index, operator.inputs.length - 1)]
    if (!declared || !expression || input.type === 'unknown') return true
    const shown = expression.kind === 'name' ? expression.name.text : scopeText(input)
    if (declared.type === 'prediction' && !input.isPrediction) {
      scope.report.add(scope.file, 'PML1515', expression.span, { operator: operator.name, input: shown })
      return false
    }
    if (declared.type !== 'prediction' && input.isPrediction) {
      scope.report.add(scope.file, 'PML1514', expression.span, { operator: operator.name, input: shown })
      return false
    }
    // One number comes out of it, so one goes in.
    const isTooWide = operator.width === 1 && declared.type === 'number' && input.type === 'vector'
    if (!isTooWide && fits(input.type, declared.type, 'model')) return true
    scope.report.add(scope.file, 'PML1201', expression.span, {
      operator: operator.name === 'neg' ? '-' : operator.name,
      input: declared.name,
      expected: className(declared.type),
      found: typeName(input.type),
      mend: isTooWide ? 'It takes one number, not a vector.' : mendFor(input.type, declared.type),
    })
    return false
  }

  const checkTask = (operator: Operator, expression: Expression): void => {
    const { report, file, task } = scope
    const span = expression.kind === 'call' ? expression.callee.span : expression.span
    const role = operator.roles.includes('algorithm') ? 'algorithm' : 'combinator'
    if (task !== null && !isFor(task, operator)) {
      const instead = operatorsWith(role).filter((each) => isFor(task, each) && each.lowerings.length > 0)
      report.add(file, 'PML1512', span, {
        operator: operator.name,
        task: taskNames[task],
        instead: instead.map((each) => each.name),
      })
    } else if (task === null && role === 'algorithm') report.add(file, 'PML1511', span, { algorithm: operator.name })
  }

  const checkAlgorithm = (
    operator: Operator,
    application: Application,
    inputs: readonly (ModelValue | null)[],
  ): void => {
    const { report, file } = scope
    if (operator.takesMissing) return
    const missing = inputs.flatMap((input, index) =>
      input?.isNullable && !input.isPrediction ? [{ input, at: application.inputs[index] }] : [],
    )
    const [first] = missing
    if (!first?.at) return
    const fixes = missing.flatMap(({ input, at }) =>
      at
        ? [
            {
              title: `Impute \`${scopeText(input)}\``,
              edits: [
                { span: { start: at.span.start, end: at.span.start }, text: 'impute(' },
                { span: { start: at.span.end, end: at.span.end }, text: ')' },
              ],
            },
          ]
        : [],
    )
    report.add(
      file,
      'PML1509',
      first.at.span,
      { algorithm: operator.name, inputs: missing.map(({ input }) => scopeText(input)) },
      fixes,
    )
  }

  const resultOf = (operator: Operator, inputs: readonly ModelValue[], expression: Expression): ValueType => {
    const data = dataOf(operator, inputs)
    const hasVector = data.some(({ type }) => type === 'vector')
    switch (operator.result) {
      case 'numeric':
        if (hasVector) return 'vector'
        return data.every(({ type }) => type === 'int') && operator.parameters.length === 0 ? 'int' : 'float'
      case 'first':
        return data[0]?.type ?? 'unknown'
      case 'common':
        return unify(operator, data, expression)
      case 'bool':
        if (operator.inputs.every(({ type }) => type === 'any') && data.length > 1) unify(operator, data, expression)
        return 'bool'
      case 'float':
        return hasVector && operator.width === 'widest' ? 'vector' : 'float'
      default:
        return operator.result
    }
  }

  const unify = (operator: Operator, data: readonly ModelValue[], expression: Expression): ValueType => {
    let type: ValueType = 'unknown'
    for (const input of data) {
      const common: ValueType | null =
        operator.result === 'common' ? filledType(type, input.type) : commonType(type, input.type)
      if (common === null) {
        const span = expression.kind === 'binary' ? expression.operatorSpan : expression.span
        scope.report.add(scope.file, 'PML1202', span, {
          operator: operator.name,
          left: typeName(type),
          right: typeName(input.type),
        })
        return 'unknown'
      }
      type = common
    }
    return type
  }

  const widthOf = (operator: Operator, inputs: readonly ModelValue[], expression: Expression): number | null => {
    const widths = inputs.map(({ width }) => width)
    const isOpen = widths.some((width) => width === null)
    switch (operator.width) {
      case 'sum':
        return isOpen ? null : widths.reduce<number>((sum, width) => sum + (width ?? 0), 0)
      case 'twice':
        return isOpen ? null : 2 * (widths[0] ?? 1)
      case 'widest':
      case 'reduced': {
        const wide = [...new Set(widths.filter((width) => width !== null && width > 1))].filter(
          (width) => width !== null,
        )
        if (wide.length > 1)
          scope.report.add(scope.file, 'PML1214', expression.span, { operator: operator.name, widths: wide })
        if (operator.width === 'reduced') return 1
        return isOpen ? null : (wide[0] ?? 1)
      }
      default:
        return operator.width
    }
  }

  return { add, compile }
}

/** Whether it can predict that; one that names no task suits all. */
const isFor = (task: Task, operator: Operator | null): boolean => operator?.tasks?.includes(task) ?? true

/** The inputs whose type and nulls make the result: all but the condition of an `if`. */
const dataOf = <T>(operator: Operator, inputs: readonly T[]): readonly T[] =>
  operator.name === 'if' ? inputs.slice(1) : inputs

/** `far$1` is for machines; people know it by its `let`. */
const scopeText = ({ name }: ModelValue): string => name.split('$')[0] ?? name

const mendFor = (found: ValueType, wanted: string): string | null => {
  if (found === 'string' && (wanted === 'tensor' || wanted === 'number'))
    return 'Encode the text first, with `one_hot` or `ordinal`.'
  if (found === 'bool' && wanted === 'number') return 'Make it a number with `if(…, 1, 0)`.'
  return null
}
