import type * as ort from 'onnxruntime-web'
import type { TensorColumn } from './tensors'

/**
 * Between our columns and ONNX Runtime’s tensors. The window’s and Node’s packages have each their own `Tensor` of one type, so it
 * is handed in.
 */
export type TensorConstructor = typeof ort.Tensor

const toOrt = (Tensor: TensorConstructor, column: TensorColumn): ort.Tensor => {
  const dims = [...column.dims]
  switch (column.type) {
    case 'float32':
      return new Tensor('float32', column.data, dims)
    case 'int64':
      return new Tensor('int64', column.data, dims)
    case 'bool':
      return new Tensor('bool', column.data, dims)
    case 'string':
      return new Tensor('string', column.data, dims)
  }
}

export const feedsOf = (Tensor: TensorConstructor, inputs: readonly TensorColumn[]): Record<string, ort.Tensor> =>
  Object.fromEntries(inputs.map((column) => [column.name, toOrt(Tensor, column)]))

/** An output tensor as a column. Its data must lie on the CPU. */
export const columnOfTensor = (name: string, tensor: ort.Tensor): TensorColumn => {
  const { dims, data } = tensor
  if (data instanceof Float32Array) return { name, type: 'float32', data, dims }
  if (data instanceof Float64Array) return { name, type: 'float32', data: Float32Array.from(data), dims }
  if (data instanceof BigInt64Array) return { name, type: 'int64', data, dims }
  if (data instanceof Int32Array) return { name, type: 'int64', data: BigInt64Array.from(data, BigInt), dims }
  if (data instanceof Uint8Array) return { name, type: 'bool', data, dims }
  if (Array.isArray(data)) return { name, type: 'string', data: data.map(String), dims }
  throw new Error(`Output ${name} has the type ${tensor.type}, which is not supported.`)
}

export const columnsOfResult = (result: Readonly<Record<string, ort.Tensor>>): TensorColumn[] =>
  Object.entries(result).map(([name, tensor]) => columnOfTensor(name, tensor))
