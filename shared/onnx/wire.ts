/**
 * A reader of the protobuf wire format that allocates nothing but views. A generated parser would build an object for every
 * two bytes of a hostile file; this one walks only what the pre-check asks for.
 */
export interface Field {
  readonly number: number
  /** 0 varint, 1 fixed 64, 2 bytes, 5 fixed 32. */
  readonly wire: 0 | 1 | 2 | 5
  /** Varint, two's complement of 64 bits; 0n for the other wire types. */
  readonly varint: bigint
  /** Content of a length-delimited or fixed field, a view into the file. */
  readonly bytes: Uint8Array
}

export class MalformedModel extends Error {
  override readonly name = 'MalformedModel'
}

const empty = new Uint8Array(0)

const readVarint = (bytes: Uint8Array, start: number): { value: bigint; next: number } => {
  let low = 0
  let shift = 0
  let at = start
  // Up to 28 bits without BigInt: nearly every tag and length.
  while (shift < 28) {
    const byte = bytes[at++]
    if (byte === undefined) throw new MalformedModel('A number ends in the middle.')
    low |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value: BigInt(low), next: at }
    shift += 7
  }
  let value = BigInt(low)
  while (shift < 70) {
    const byte = bytes[at++]
    if (byte === undefined) throw new MalformedModel('A number ends in the middle.')
    value |= BigInt(byte & 0x7f) << BigInt(shift)
    if (byte < 0x80) return { value: BigInt.asIntN(64, value), next: at }
    shift += 7
  }
  throw new MalformedModel('A number is longer than 64 bits.')
}

const take = (bytes: Uint8Array, start: number, length: number): Uint8Array => {
  if (length < 0 || start + length > bytes.length) throw new MalformedModel('A field is longer than what holds it.')
  return bytes.subarray(start, start + length)
}

/** The fields of one message, in file order. Throws `MalformedModel`. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint(bytes, at)
    at = tag.next
    const number = Number(BigInt.asUintN(32, tag.value) >> 3n)
    if (number === 0) throw new MalformedModel('A field has the number 0.')
    const wire = Number(tag.value & 7n)
    switch (wire) {
      case 0: {
        const varint = readVarint(bytes, at)
        at = varint.next
        yield { number, wire, varint: varint.value, bytes: empty }
        break
      }
      case 1:
      case 5: {
        const content = take(bytes, at, wire === 1 ? 8 : 4)
        at += content.length
        yield { number, wire, varint: 0n, bytes: content }
        break
      }
      case 2: {
        const length = readVarint(bytes, at)
        if (length.value < 0n || length.value > BigInt(bytes.length)) {
          throw new MalformedModel('A field is longer than what holds it.')
        }
        const content = take(bytes, length.next, Number(length.value))
        at = length.next + content.length
        yield { number, wire, varint: 0n, bytes: content }
        break
      }
      default:
        throw new MalformedModel(`A field has the unknown wire type ${wire}.`)
    }
  }
}

/** Values of a repeated integer field, packed or not. */
export function* integersOf(field: Field): Generator<bigint> {
  if (field.wire === 0) {
    yield field.varint
    return
  }
  let at = 0
  while (at < field.bytes.length) {
    const next = readVarint(field.bytes, at)
    at = next.next
    yield next.value
  }
}

/** How many varints a packed field holds, without reading them. */
export const countVarints = (bytes: Uint8Array): number => {
  let count = 0
  for (const byte of bytes) if (byte < 0x80) count += 1
  return count
}

const decoder = new TextDecoder('utf-8', { fatal: false })
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)
