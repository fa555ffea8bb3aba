import { countVarints, type Field, fieldsOf, integersOf, MalformedModel, textOf } from './wire'

/** The parts of an ONNX file that the pre-check looks at. Field numbers: onnx-ml.proto of ONNX 1.23. */
export interface OnnxTensor {
  readonly name: string
  readonly dims: readonly bigint[]
  readonly dataType: number
  readonly isExternal: boolean
  readonly rawBytes: Uint8Array | null
  /** Elements in the typed data fields. */
  readonly typedElements: number
  /** Values of a small int64 tensor, where it may be a shape; else null. */
  readonly smallIntegers: readonly bigint[] | null
}

export interface OnnxAttribute {
  readonly name: string
  /** Lists of integers and strings are read from here when asked for: a tree ensemble holds millions. */
  readonly bytes: Uint8Array
  readonly integer: bigint | null
  readonly tensors: readonly OnnxTensor[]
  readonly graphs: readonly OnnxGraph[]
  readonly hasSparse: boolean
}

export interface OnnxNode {
  readonly name: string
  readonly operator: string
  readonly domain: string
  readonly overload: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

export interface OnnxValue {
  readonly name: string
  readonly kind: 'tensor' | 'other'
  /** Static dimensions; null where a dimension is free. */
  readonly dims: readonly (bigint | null)[]
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly values: readonly OnnxValue[]
  readonly hasSparse: boolean
}

export interface OnnxFunction {
  readonly key: string
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly attributes: readonly OnnxAttribute[]
}

export interface OnnxModel {
  readonly irVersion: number
  readonly domains: readonly string[]
  readonly graph: OnnxGraph | null
  readonly functions: readonly OnnxFunction[]
  readonly hasTraining: boolean
}

export const functionKey = (domain: string, name: string, overload: string): string =>
  JSON.stringify([domain === 'ai.onnx' ? '' : domain, name, overload])

/** Bounds the work of reading, whatever the file says. */
interface Walk {
  left: number
  readonly depthLimit: number
}

const step = (walk: Walk, items = 1): void => {
  walk.left -= items
  if (walk.left < 0) throw new MalformedModel('The file holds more items than a model of this kind needs.')
}

const readTensor = (bytes: Uint8Array, walk: Walk): OnnxTensor => {
  const dims: bigint[] = []
  let name = ''
  let dataType = 0
  let isExternal = false
  let rawBytes: Uint8Array | null = null
  let typedElements = 0
  const int64Fields: Field[] = []
  for (const field of fieldsOf(bytes)) {
    step(walk)
    switch (field.number) {
      case 1:
        for (const dim of integersOf(field)) {
          if (dims.length >= 64) throw new MalformedModel('A tensor has more than 64 dimensions.')
          dims.push(dim)
        }
        break
      case 2:
        dataType = Number(field.varint)
        break
      case 4: // float_data
        typedElements += field.bytes.length / 4
        break
      case 5: // int32_data
      case 11: // uint64_data
        typedElements += field.wire === 0 ? 1 : countVarints(field.bytes)
        break
      case 7: // int64_data
        typedElements += field.wire === 0 ? 1 : countVarints(field.bytes)
        if (int64Fields.length < 64) int64Fields.push(field)
        break
      case 6: // string_data
        typedElements += 1
        break
      case 8:
        name = textOf(field.bytes)
        break
      case 9:
        rawBytes = field.bytes
        break
      case 10: // double_data
        typedElements += field.bytes.length / 8
        break
      case 13:
        isExternal = true
        break
      case 14:
        if (field.varint !== 0n) isExternal = true
        break
    }
  }
  return {
    name,
    dims,
    dataType,
    isExternal,
    rawBytes,
    typedElements,
    smallIntegers: shapeOf(rawBytes, int64Fields, dataType),
  }
}

/** int64 values of a tensor that is small enough to be a shape. */
const shapeOf = (raw: Uint8Array | null, fields: readonly Field[], dataType: number): bigint[] | null => {
  if (dataType !== 7) return null
  if (raw) {
    if (raw.length > 64 * 8 || raw.length % 8 !== 0) return null
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    return Array.from({ length: raw.length / 8 }, (_, index) => view.getBigInt64(index * 8, true))
  }
  if (fields.some((field) => field.bytes.length > 640)) return null
  return fields.flatMap((field) => [...integersOf(field)]).slice(0, 64)
}

const readAttribute = (bytes: Uint8Array, walk: Walk, depth: number): OnnxAttribute => {
  let name = ''
  let integer: bigint | null = null
  let hasSparse = false
  const tensors: OnnxTensor[] = []
  const graphs: OnnxGraph[] = []
  for (const field of fieldsOf(bytes)) {
    step(walk)
    switch (field.number) {
      case 1:
        name = textOf(field.bytes)
        break
      case 3:
        integer = field.varint
        break
      case 5:
      case 10:
        tensors.push(readTensor(field.bytes, walk))
        break
      case 6:
      case 11:
        graphs.push(readGraph(field.bytes, walk, depth + 1))
        break
      case 22:
      case 23:
        hasSparse = true
        break
    }
  }
  return { name, bytes, integer, tensors, graphs, hasSparse }
}

export const integersOfAttribute = (attribute: OnnxAttribute | undefined): number[] => {
  const values: number[] = []
  if (!attribute) return values
  for (const field of fieldsOf(attribute.bytes)) {
    if (field.number === 8) for (const value of integersOf(field)) values.push(Number(value))
  }
  return values
}

export const stringsOfAttribute = (attribute: OnnxAttribute | undefined): string[] => {
  const values: string[] = []
  if (!attribute) return values
  for (const field of fieldsOf(attribute.bytes)) if (field.number === 9) values.push(textOf(field.bytes))
  return values
}

const readNode = (bytes: Uint8Array, walk: Walk, depth: number): OnnxNode => {
  let name = ''
  let operator = ''
  let domain = ''
  let overload = ''
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, OnnxAttribute>()
  for (const field of fieldsOf(bytes)) {
    step(walk)
    switch (field.number) {
      case 1:
        inputs.push(textOf(field.bytes))
        break
      case 2:
        outputs.push(textOf(field.bytes))
        break
      case 3:
        name = textOf(field.bytes)
        break
      case 4:
        operator = textOf(field.bytes)
        break
      case 5: {
        const attribute = readAttribute(field.bytes, walk, depth)
        if (attributes.has(attribute.name)) throw new MalformedModel('A node names one attribute twice.')
        attributes.set(attribute.name, attribute)
        break
      }
      case 7:
        domain = textOf(field.bytes)
        break
      case 8:
        overload = textOf(field.bytes)
        break
    }
  }
  return { name, operator, domain, overload, inputs, outputs, attributes }
}

const readDimensions = (bytes: Uint8Array, walk: Walk): (bigint | null)[] => {
  const dims: (bigint | null)[] = []
  for (const field of fieldsOf(bytes)) {
    step(walk)
    if (field.number !== 1) continue
    let size: bigint | null = null
    for (const part of fieldsOf(field.bytes)) if (part.number === 1) size = part.varint
    dims.push(size)
  }
  return dims
}

const readValue = (bytes: Uint8Array, walk: Walk): OnnxValue => {
  let name = ''
  let kind: OnnxValue['kind'] = 'tensor'
  let dims: (bigint | null)[] = []
  for (const field of fieldsOf(bytes)) {
    step(walk)
    if (field.number === 1) name = textOf(field.bytes)
    if (field.number !== 2) continue
    for (const type of fieldsOf(field.bytes)) {
      if (type.number === 6) continue // denotation
      if (type.number !== 1) {
        kind = 'other'
        continue
      }
      for (const part of fieldsOf(type.bytes)) if (part.number === 2) dims = readDimensions(part.bytes, walk)
    }
  }
  return { name, kind, dims }
}

const readGraph = (bytes: Uint8Array, walk: Walk, depth: number): OnnxGraph => {
  if (depth > walk.depthLimit) throw new MalformedModel(`Graphs are nested more than ${walk.depthLimit} deep.`)
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  const values: OnnxValue[] = []
  let hasSparse = false
  for (const field of fieldsOf(bytes)) {
    step(walk)
    switch (field.number) {
      case 1:
        nodes.push(readNode(field.bytes, walk, depth))
        break
      case 5:
        initializers.push(readTensor(field.bytes, walk))
        break
      case 11:
        inputs.push(readValue(field.bytes, walk))
        break
      case 12:
        outputs.push(readValue(field.bytes, walk))
        break
      case 13:
        values.push(readValue(field.bytes, walk))
        break
      case 15:
        hasSparse = true
        break
    }
  }
  return { nodes, initializers, inputs, outputs, values, hasSparse }
}

const readFunction = (bytes: Uint8Array, walk: Walk): OnnxFunction => {
  let name = ''
  let domain = ''
  let overload = ''
  const nodes: OnnxNode[] = []
  const attributes: OnnxAttribute[] = []
  for (const field of fieldsOf(bytes)) {
    step(walk)
    switch (field.number) {
      case 1:
        name = textOf(field.bytes)
        break
      case 7:
        nodes.push(readNode(field.bytes, walk, 0))
        break
      case 10:
        domain = textOf(field.bytes)
        break
      case 11:
        attributes.push(readAttribute(field.bytes, walk, 0))
        break
      case 13:
        overload = textOf(field.bytes)
        break
    }
  }
  return { key: functionKey(domain, name, overload), name, nodes, attributes }
}

/** Reads a model file without trusting it. Throws `MalformedModel`. */
export const readModel = (bytes: Uint8Array, limits: { walkedItems: number; subgraphDepth: number }): OnnxModel => {
  const walk: Walk = { left: limits.walkedItems, depthLimit: limits.subgraphDepth }
  let irVersion = 0
  let graph: OnnxGraph | null = null
  let hasTraining = false
  const domains: string[] = []
  const functions: OnnxFunction[] = []
  for (const field of fieldsOf(bytes)) {
    step(walk)
    switch (field.number) {
      case 1:
        irVersion = Number(field.varint)
        break
      case 7:
        // A second graph field would be merged by some readers and replace the first in others.
        if (graph) throw new MalformedModel('The file holds two graphs.')
        graph = readGraph(field.bytes, walk, 0)
        break
      case 8: {
        let domain = ''
        for (const part of fieldsOf(field.bytes)) if (part.number === 1) domain = textOf(part.bytes)
        domains.push(domain)
        break
      }
      case 20:
        hasTraining = true
        break
      case 25:
        functions.push(readFunction(field.bytes, walk))
        break
    }
  }
  return { irVersion, domains, graph, functions, hasTraining }
}
