/** A tiny writer of ONNX files for tests: the same fields that the reader knows, written without any check. */
export type Bytes = Uint8Array

const join = (parts: readonly Bytes[]): Bytes => {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const varint = (value: number | bigint): Bytes => {
  let rest = BigInt.asUintN(64, BigInt(value))
  const out: number[] = []
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    out.push(rest > 0n ? low | 0x80 : low)
  } while (rest > 0n)
  return Uint8Array.from(out)
}

export const integer = (field: number, value: number | bigint): Bytes => join([varint(field << 3), varint(value)])
export const content = (field: number, bytes: Bytes): Bytes =>
  join([varint((field << 3) | 2), varint(bytes.length), bytes])
export const text = (field: number, value: string): Bytes => content(field, new TextEncoder().encode(value))
export const message = (field: number, ...parts: Bytes[]): Bytes => content(field, join(parts))
const float = (field: number, value: number): Bytes => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return join([varint((field << 3) | 5), bytes])
}

export const types = { float: 1, int64: 7, string: 8, bool: 9 } as const

export const attribute = {
  int: (name: string, value: number | bigint) => join([text(1, name), integer(3, value), integer(20, 2)]),
  float: (name: string, value: number) => join([text(1, name), float(2, value), integer(20, 1)]),
  string: (name: string, value: string) => join([text(1, name), text(4, value), integer(20, 3)]),
  ints: (name: string, values: readonly (number | bigint)[]) =>
    join([text(1, name), ...values.map((value) => integer(8, value)), integer(20, 7)]),
  floats: (name: string, values: readonly number[]) =>
    join([text(1, name), ...values.map((value) => float(7, value)), integer(20, 6)]),
  strings: (name: string, values: readonly string[]) =>
    join([text(1, name), ...values.map((value) => text(9, value)), integer(20, 8)]),
  graph: (name: string, graph: Bytes) => join([text(1, name), content(6, graph), integer(20, 5)]),
  tensor: (name: string, tensor: Bytes) => join([text(1, name), content(5, tensor), integer(20, 4)]),
}

export const node = (
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Bytes[] = [],
  domain = '',
): Bytes =>
  join([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...attributes.map((one) => content(5, one)),
    ...(domain ? [text(7, domain)] : []),
  ])

export const tensor = (name: string, dims: readonly (number | bigint)[], type: number, ...parts: Bytes[]): Bytes =>
  join([...dims.map((dim) => integer(1, dim)), integer(2, type), text(8, name), ...parts])

export const floatTensor = (name: string, dims: readonly number[], values: readonly number[]): Bytes =>
  tensor(name, dims, types.float, content(9, new Uint8Array(Float32Array.from(values).buffer)))

export const intTensor = (name: string, dims: readonly number[], values: readonly (number | bigint)[]): Bytes =>
  tensor(name, dims, types.int64, content(9, new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer)))

/** A dimension: a number, or a name for a free one. */
export const value = (name: string, type: number, dims: readonly (number | bigint | string)[]): Bytes =>
  join([
    text(1, name),
    message(
      2,
      message(
        1,
        integer(1, type),
        message(2, ...dims.map((dim) => message(1, typeof dim === 'string' ? text(2, dim) : integer(1, dim)))),
      ),
    ),
  ])

export interface GraphParts {
  readonly nodes: readonly Bytes[]
  readonly initializers?: readonly Bytes[]
  readonly inputs?: readonly Bytes[]
  readonly outputs?: readonly Bytes[]
  readonly extra?: readonly Bytes[]
}

export const graph = (parts: GraphParts): Bytes =>
  join([
    ...parts.nodes.map((one) => content(1, one)),
    text(2, 'g'),
    ...(parts.initializers ?? []).map((one) => content(5, one)),
    ...(parts.inputs ?? [value('x', types.float, ['n', 1])]).map((one) => content(11, one)),
    ...(parts.outputs ?? [value('y', types.float, ['n', 1])]).map((one) => content(12, one)),
    ...(parts.extra ?? []),
  ])

export const model = (
  parts: GraphParts,
  more: { domains?: readonly (readonly [string, number])[]; extra?: readonly Bytes[] } = {},
): Bytes =>
  join([
    integer(1, 10),
    content(7, graph(parts)),
    ...(
      more.domains ?? [
        ['', 21],
        ['ai.onnx.ml', 3],
      ]
    ).map(([domain, version]) => message(8, text(1, domain), integer(2, version))),
    ...(more.extra ?? []),
  ])

export const localFunction = (domain: string, name: string, nodes: readonly Bytes[]): Bytes =>
  message(
    25,
    text(1, name),
    text(4, 'a'),
    text(5, 'b'),
    ...nodes.map((one) => content(7, one)),
    message(9, text(1, ''), integer(2, 21)),
    message(9, text(1, domain), integer(2, 1)),
    text(10, domain),
  )

/** A regressor whose one tree is given by children (null for a leaf). */
export const treeModel = (nodes: readonly (readonly [number, number] | null)[]): Bytes => {
  const leaves = nodes.flatMap((children, index) => (children ? [] : [index]))
  const zeros = nodes.map(() => 0)
  return model({
    nodes: [
      node(
        'TreeEnsembleRegressor',
        ['x'],
        ['y'],
        [
          attribute.ints('nodes_treeids', zeros),
          attribute.ints(
            'nodes_nodeids',
            nodes.map((_, index) => index),
          ),
          attribute.ints('nodes_featureids', zeros),
          attribute.floats(
            'nodes_values',
            nodes.map((_, index) => index),
          ),
          attribute.strings(
            'nodes_modes',
            nodes.map((children) => (children ? 'BRANCH_LEQ' : 'LEAF')),
          ),
          attribute.ints(
            'nodes_truenodeids',
            nodes.map((children) => children?.[0] ?? 0),
          ),
          attribute.ints(
            'nodes_falsenodeids',
            nodes.map((children) => children?.[1] ?? 0),
          ),
          attribute.ints(
            'target_treeids',
            leaves.map(() => 0),
          ),
          attribute.ints('target_nodeids', leaves),
          attribute.ints(
            'target_ids',
            leaves.map(() => 0),
          ),
          attribute.floats(
            'target_weights',
            leaves.map((index) => index / 10),
          ),
          attribute.int('n_targets', 1),
        ],
        'ai.onnx.ml',
      ),
    ],
  })
}
