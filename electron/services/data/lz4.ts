/**
 * Decompresses LZ4 frames, which is how Feather files come by default.
 * Format: https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Frame_format.md and lz4_Block_format.md.
 * Checksums are passed over; every length is checked against the bytes there are.
 */
const frameMagic = 0x184d2204
/** No LZ4 byte stands for more than this many. */
const largestRatio = 256

const corrupt = (): Error => new Error('The LZ4 data is damaged.')

interface Target {
  bytes: Uint8Array
  length: number
}

const reserve = (target: Target, more: number, limit: number): void => {
  const needed = target.length + more
  if (needed > limit) throw corrupt()
  if (needed <= target.bytes.length) return
  const grown = new Uint8Array(Math.min(limit, Math.max(needed, target.bytes.length * 2)))
  grown.set(target.bytes.subarray(0, target.length))
  target.bytes = grown
}

const inflateBlock = (block: Uint8Array, target: Target, limit: number): void => {
  let from = 0
  const extended = (length: number): number => {
    if (length < 15) return length
    let total = length
    for (;;) {
      const byte = block[from++]
      if (byte === undefined) throw corrupt()
      total += byte
      if (byte !== 255) return total
    }
  }
  while (from < block.length) {
    const token = block[from++] ?? 0
    const literals = extended(token >> 4)
    if (from + literals > block.length) throw corrupt()
    reserve(target, literals, limit)
    target.bytes.set(block.subarray(from, from + literals), target.length)
    from += literals
    target.length += literals
    if (from === block.length) return
    const offset = (block[from] ?? 0) | ((block[from + 1] ?? 0) << 8)
    from += 2
    const length = extended(token & 15) + 4
    if (offset === 0 || offset > target.length) throw corrupt()
    reserve(target, length, limit)
    const { bytes } = target
    // Source and target may overlap: that is how runs are written.
    for (let end = target.length + length; target.length < end; target.length += 1)
      bytes[target.length] = bytes[target.length - offset] ?? 0
  }
}

export const decompressLz4Frame = (frame: Uint8Array): Uint8Array => {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (frame.length < 7 || view.getUint32(0, true) !== frameMagic) throw corrupt()
  const flags = frame[4] ?? 0
  const hasBlockChecksum = (flags & 0x10) !== 0
  const hasContentSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  let position = 7 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0)
  const limit = frame.length * largestRatio
  const target: Target = { bytes: new Uint8Array(frame.length * 2), length: 0 }
  for (;;) {
    if (position + 4 > frame.length) throw corrupt()
    const header = view.getUint32(position, true)
    position += 4
    if (header === 0) return target.bytes.subarray(0, target.length)
    const size = header & 0x7fffffff
    if (position + size > frame.length) throw corrupt()
    const block = frame.subarray(position, position + size)
    position += size + (hasBlockChecksum ? 4 : 0)
    if (header >>> 31 === 0) inflateBlock(block, target, limit)
    else {
      reserve(target, size, limit)
      target.bytes.set(block, target.length)
      target.length += size
    }
  }
}
