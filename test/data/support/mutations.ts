/** A generator of its own, so that a seed gives the same bytes on every machine. */
export const random = (seed: number): (() => number) => {
  let state = seed >>> 0 || 1
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const telling = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xffffffff]

/** A file as a bad disk, a broken transfer or an enemy would leave it. */
export const mutated = (original: Uint8Array, next: () => number): { bytes: Buffer; how: string } => {
  const bytes = Buffer.from(original)
  const at = (limit: number): number => Math.floor(next() * limit)
  const pick = <T>(values: readonly T[]): T => values[at(values.length)] as T
  switch (at(7)) {
    case 0: {
      const length = at(bytes.length)
      return { bytes: bytes.subarray(0, length), how: `cut after ${length} bytes` }
    }
    case 1: {
      const count = 1 + at(8)
      for (let one = 0; one < count; one += 1) bytes[at(bytes.length)] = at(256)
      return { bytes, how: `${count} bytes changed` }
    }
    case 2: {
      const bit = at(bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return { bytes, how: `bit ${bit} turned` }
    }
    case 3: {
      // Lengths, counts and offsets stand near the ends.
      const near = Math.min(bytes.length - 4, next() < 0.5 ? at(64) : Math.max(0, bytes.length - 4 - at(512)))
      const value = pick(telling)
      bytes.writeUInt32LE(value >>> 0, near)
      return { bytes, how: `${value} written at ${near}` }
    }
    case 4: {
      const from = at(bytes.length)
      const length = at(Math.min(4096, bytes.length - from))
      return {
        bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]),
        how: `${length} bytes gone at ${from}`,
      }
    }
    case 5: {
      const from = at(bytes.length)
      const length = at(Math.min(4096, bytes.length - from))
      const to = at(bytes.length)
      return {
        bytes: Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + length), bytes.subarray(to)]),
        how: `${length} bytes of ${from} again at ${to}`,
      }
    }
    default: {
      const from = at(bytes.length)
      const length = Math.min(bytes.length - from, 1 + at(256))
      bytes.fill(pick([0, 0xff]), from, from + length)
      return { bytes, how: `${length} bytes overwritten at ${from}` }
    }
  }
}
