import type { Expression } from '../ast'

/**
 * The names in an order in which each stands after those it needs, and the circles among them. Names of a circle are
 * left out of the order. Iterative: a chain of ten thousand features is no deeper than one.
 */
export const dependencyOrder = (
  names: Iterable<string>,
  needsOf: (name: string) => readonly string[],
): { readonly order: readonly string[]; readonly cycles: readonly (readonly string[])[] } => {
  const state = new Map<string, 'open' | 'done' | 'circular'>()
  const order: string[] = []
  const cycles: string[][] = []
  for (const root of names) {
    if (state.has(root)) continue
    const path: { name: string; needs: readonly string[]; next: number }[] = []
    const enter = (name: string) => {
      state.set(name, 'open')
      path.push({ name, needs: needsOf(name), next: 0 })
    }
    enter(root)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = top.needs[top.next++]
      if (need === undefined) {
        path.pop()
        if (state.get(top.name) === 'circular') continue
        state.set(top.name, 'done')
        order.push(top.name)
      } else if (!state.has(need)) enter(need)
      else if (state.get(need) !== 'done') {
        const from = path.findIndex(({ name }) => name === need)
        if (from < 0) continue
        const cycle = path.slice(from).map(({ name }) => name)
        if (cycle.some((name) => state.get(name) !== 'circular')) cycles.push([...cycle, need])
        for (const name of cycle) state.set(name, 'circular')
      }
    }
  }
  return { order, cycles }
}

/** The expressions that stand directly in one, in the order of the text. */
export const childrenOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'unary':
      return [expression.operand]
    case 'binary':
      return [expression.left, expression.right]
    case 'conditional':
      return [expression.condition, expression.then, expression.otherwise]
    case 'range':
      return [expression.low, expression.high]
    case 'call':
      return expression.args.map(({ value }) => value)
    case 'list':
      return expression.items
    default:
      return []
  }
}

/** Every name that an expression reads, in the order of the text. Found once for each tree. */
export const namesOf = (expression: Expression): readonly string[] => {
  const known = found.get(expression)
  if (known) return known
  const names = namesIn(expression)
  found.set(expression, names)
  return names
}
const found = new WeakMap<Expression, readonly string[]>()

const namesIn = (expression: Expression): readonly string[] =>
  expression.kind === 'name' ? [expression.name.text] : childrenOf(expression).flatMap(namesIn)
