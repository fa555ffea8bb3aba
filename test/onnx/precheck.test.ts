import { defaultLimits } from '@shared/onnx/limits'
import { precheckModel } from '@shared/onnx/precheck'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  attribute,
  type Bytes,
  content,
  floatTensor,
  graph,
  integer,
  intTensor,
  localFunction,
  message,
  model,
  node,
  tensor,
  text,
  treeModel,
  types,
  value,
} from './writer'

const rules = (bytes: Bytes): string[] => [...new Set(precheckModel(bytes).map((refusal) => refusal.rule))]

const identity = node('Identity', ['x'], ['y'])
const external = (location: string): Bytes =>
  tensor('w', [2], types.float, message(13, text(1, 'location'), text(2, location)), integer(14, 1))

describe('a harmless model is let through', () => {
  test('arithmetic, a constant and a small tree', () => {
    expect(
      precheckModel(
        model({
          nodes: [node('Add', ['x', 'w'], ['y'])],
          initializers: [floatTensor('w', [1], [0.5]), intTensor('axes', [2], [0, 1])],
        }),
      ),
    ).toEqual([])
    expect(precheckModel(treeModel([[1, 2], null, null]))).toEqual([])
  })

  test('a tree exactly as deep as allowed', () => {
    const chain = (depth: number): Bytes =>
      treeModel(
        [...Array.from({ length: depth }, (_, index) => [index * 2 + 1, index * 2 + 2] as const)].flatMap(
          // Node 2i branches to the leaf 2i+1 and on to 2i+2.
          (children, index) => (index === depth - 1 ? [children, null, null] : [children, null]),
        ),
      )
    expect(rules(chain(1000))).toEqual([])
    expect(rules(chain(1001))).toEqual(['tree'])
  })
})

describe('tensors outside the file are refused wherever they hide', () => {
  for (const location of ['../x', 'a/../../x', '/etc/passwd', 'C:\\x', '\\\\server\\x', 'weights.bin', 'a\0b']) {
    test(`initialiser at ${JSON.stringify(location)}`, () => {
      expect(rules(model({ nodes: [identity], initializers: [external(location)] }))).toContain('external-data')
    })
  }
  test('in an attribute', () => {
    const constant = node('Constant', [], ['c'], [attribute.tensor('value', external('../x'))])
    expect(rules(model({ nodes: [identity, constant] }))).toContain('external-data')
  })
  test('in a branch of a subgraph', () => {
    const branch = graph({ nodes: [identity], initializers: [external('../x')] })
    expect(rules(model({ nodes: [node('Custom', ['x'], ['y'], [attribute.graph('body', branch)])] }))).toContain(
      'external-data',
    )
  })
  test('in a local function', () => {
    const constant = node('Constant', [], ['b'], [attribute.tensor('value', external('../x'))])
    const bytes = model(
      { nodes: [node('F', ['x'], ['y'], [], 'local')] },
      {
        domains: [
          ['', 21],
          ['local', 1],
        ],
        extra: [localFunction('local', 'F', [constant])],
      },
    )
    expect(rules(bytes)).toContain('external-data')
  })
  test('in a sparse initialiser', () => {
    const sparse = message(15, content(1, external('../x')))
    expect(rules(model({ nodes: [identity], extra: [sparse] }))).toContain('sparse')
  })
})

describe('operators that do not end are refused', () => {
  for (const operator of ['Loop', 'Scan', 'If']) {
    test(operator, () => {
      const body = graph({ nodes: [identity] })
      expect(rules(model({ nodes: [node(operator, ['x'], ['y'], [attribute.graph('body', body)])] }))).toContain(
        'operator',
      )
    })
  }
  test('a Loop inside a local function', () => {
    const bytes = model(
      { nodes: [node('F', ['x'], ['y'], [], 'local')] },
      {
        domains: [
          ['', 21],
          ['local', 1],
        ],
        extra: [
          localFunction('local', 'F', [node('Loop', ['a'], ['b'], [attribute.graph('body', graph({ nodes: [] }))])]),
        ],
      },
    )
    expect(rules(bytes)).toContain('operator')
  })
  test('functions that call one another tenfold, twelve levels deep', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      localFunction(
        'local',
        `F${level}`,
        Array.from({ length: 10 }, () =>
          level === 11 ? node('Identity', ['a'], ['b']) : node(`F${level + 1}`, ['a'], ['b'], [], 'local'),
        ),
      ),
    )
    const bytes = model(
      { nodes: [node('F0', ['x'], ['y'], [], 'local')] },
      {
        domains: [
          ['', 21],
          ['local', 1],
        ],
        extra: levels,
      },
    )
    expect(rules(bytes)).toEqual(['functions'])
  })
  test('a function that calls itself', () => {
    const bytes = model(
      { nodes: [node('F', ['x'], ['y'], [], 'local')] },
      {
        domains: [
          ['', 21],
          ['local', 1],
        ],
        extra: [localFunction('local', 'F', [node('F', ['a'], ['b'], [], 'local')])],
      },
    )
    expect(rules(bytes)).toEqual(['functions'])
  })
  test('a function that stands in for a standard operator', () => {
    const bytes = model({ nodes: [node('Add', ['x', 'x'], ['y'])] }, { extra: [localFunction('', 'Add', [identity])] })
    expect(rules(bytes)).toEqual(['functions'])
  })
  test('graphs nested a thousand deep', () => {
    let inner = graph({ nodes: [identity] })
    for (let depth = 0; depth < 1000; depth += 1) {
      inner = graph({ nodes: [node('If', ['x'], ['y'], [attribute.graph('then_branch', inner)])] })
    }
    expect(rules(model({ nodes: [node('If', ['x'], ['y'], [attribute.graph('then_branch', inner)])] }))).toEqual([
      'malformed',
    ])
  })
})

describe('operators of strangers are refused by name', () => {
  test('a custom domain', () => {
    const found = precheckModel(model({ nodes: [node('Evil', ['x'], ['y'], [], 'com.evil')] }))
    expect(found.map((refusal) => refusal.message)).toEqual([
      'Operator “Evil” of “com.evil” is not one that the studio runs.',
    ])
  })
  test('the training domain and a training graph', () => {
    expect(rules(model({ nodes: [node('Gradient', ['x'], ['y'], [], 'ai.onnx.preview.training')] }))).toEqual([
      'domain',
    ])
    expect(rules(model({ nodes: [identity] }, { extra: [message(20)] }))).toEqual(['training'])
  })
})

describe('broken trees are refused', () => {
  test('a node that is its own child', () => expect(rules(treeModel([[0, 1], null]))).toEqual(['tree']))
  test('two nodes that are each other’s child', () =>
    expect(rules(treeModel([[1, 2], [0, 3], null, null]))).toEqual(['tree']))
  test('a child that is not there', () => expect(rules(treeModel([[1, 9], null]))).toEqual(['tree']))
  test('a chain of 20,000 nodes', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => [index * 2 + 1, index * 2 + 2] as const)
    expect(rules(treeModel([...chain.flatMap((children) => [children, null]), null]))).toEqual(['tree'])
  })
})

describe('shapes that lie or explode are refused', () => {
  test('an initialiser shorter than its shape', () => {
    const short = tensor('w', [1000], types.float, content(9, new Uint8Array(8)))
    expect(rules(model({ nodes: [identity], initializers: [short] }))).toEqual(['tensor-data'])
  })
  test('a negative dimension, and dimensions whose product overflows', () => {
    expect(rules(model({ nodes: [identity], initializers: [tensor('w', [-1], types.float)] }))).toEqual(['tensor-data'])
    expect(
      rules(model({ nodes: [identity], initializers: [tensor('w', [2n ** 62n, 2n ** 62n], types.float)] })),
    ).toEqual(['shape'])
  })
  test('an input of 2^40 values', () => {
    expect(rules(model({ nodes: [identity], inputs: [value('x', types.float, ['n', 2n ** 40n])] }))).toEqual(['shape'])
  })
  test('Expand to eight gigabytes, ConstantOfShape 2^40', () => {
    const expand = {
      nodes: [node('Expand', ['x', 's'], ['y'])],
      initializers: [intTensor('s', [2], [2 ** 16, 2 ** 15])],
    }
    expect(rules(model(expand))).toEqual(['shape'])
    const fill = { nodes: [node('ConstantOfShape', ['s'], ['y'])], initializers: [intTensor('s', [1], [2n ** 40n])] }
    expect(rules(model(fill))).toEqual(['shape'])
  })
  test('forty doublings by Concat', () => {
    const doublings = Array.from({ length: 40 }, (_, index) => {
      const from = index === 0 ? 'x' : `v${index}`
      return node('Concat', [from, from], [index === 39 ? 'y' : `v${index + 1}`], [attribute.int('axis', 1)])
    })
    expect(rules(model({ nodes: doublings }))).toEqual(['shape'])
  })
  test('an output that is a map', () => {
    const map = new Uint8Array([...text(1, 'y'), ...message(2, message(5, integer(1, 7)))])
    expect(rules(model({ nodes: [identity], outputs: [map] }))).toEqual(['value-type'])
  })
})

describe('what is no model is refused without harm', () => {
  test('an empty file, text, a pickle, a cut-off model', () => {
    expect(rules(new Uint8Array())).toEqual(['size'])
    expect(rules(new TextEncoder().encode('not a model at all'))).toEqual(['malformed'])
    expect(rules(Uint8Array.from([0x80, 4, 0x95, 0, 0, 0, 0]))).toEqual(['malformed'])
    const whole = model({ nodes: [identity], initializers: [floatTensor('w', [4], [1, 2, 3, 4])] })
    expect(rules(whole.subarray(0, 30))).toEqual(['malformed'])
  })
  test('two graphs in one file', () => {
    const whole = model({ nodes: [identity] }, { extra: [content(7, graph({ nodes: [identity] }))] })
    expect(rules(whole)).toEqual(['malformed'])
  })
  test('more items than a model needs', () => {
    const found = precheckModel(model({ nodes: Array.from({ length: 2000 }, () => identity) }), {
      ...defaultLimits,
      walkedItems: 1000,
    })
    expect(found.map((refusal) => refusal.rule)).toEqual(['malformed'])
  })

  test('any bytes, and any model with bytes changed, give an answer and never an exception', () => {
    const whole = treeModel([[1, 2], [3, 4], null, null, null])
    const seed = process.env.PROML_SEED ? Number(process.env.PROML_SEED) : undefined
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => Array.isArray(precheckModel(bytes))),
      { numRuns: 500, seed },
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const changed = Uint8Array.from(whole)
          for (const [at, byte] of changes) changed[at] = byte
          return Array.isArray(precheckModel(changed))
        },
      ),
      { numRuns: 2000, seed },
    )
  })
})
