/** As much of MessagePack as talking to Neovim needs: nothing, truth, whole numbers, texts, lists. */
export type Value = null | boolean | number | string | readonly Value[]

const head = (code: number, size: number, width: 1 | 2 | 4): Buffer => {
  const bytes = Buffer.alloc(1 + width, 0)
  bytes[0] = code
  bytes.writeUIntBE(size, 1, width)
  return bytes
}

export const encode = (value: Value): Buffer => {
  if (value === null) return Buffer.from([0xc0])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2])
  if (typeof value === 'number') return head(0xce, value, 4)
  if (typeof value !== 'string') return Buffer.concat([head(0xdd, value.length, 4), ...value.map(encode)])
  const text = Buffer.from(value)
  return Buffer.concat([head(0xdb, text.length, 4), text])
}

/** The value at an offset and where it ends; null where its bytes have not all come. Throws for what is not known here. */
export const decode = (bytes: Buffer, at = 0): { readonly value: Value; readonly end: number } | null => {
  const code = bytes[at]
  if (code === undefined) return null
  if (code <= 0x7f) return { value: code, end: at + 1 }
  if (code >= 0xe0) return { value: code - 256, end: at + 1 }
  if (code >= 0xa0 && code <= 0xbf) return text(bytes, at + 1, code & 31)
  if (code >= 0x90 && code <= 0x9f) return list(bytes, at + 1, code & 15)
  if (code === 0xc0) return { value: null, end: at + 1 }
  if (code === 0xc2 || code === 0xc3) return { value: code === 0xc3, end: at + 1 }
  const unsigned = ({ 204: 1, 205: 2, 206: 4, 217: 1, 218: 2, 219: 4, 220: 2, 221: 4 } as const)[code]
  if (unsigned === undefined) throw new Error(`MessagePack's 0x${code.toString(16)} is not known here.`)
  if (bytes.length < at + 1 + unsigned) return null
  const size = bytes.readUIntBE(at + 1, unsigned)
  const start = at + 1 + unsigned
  if (code <= 0xce) return { value: size, end: start }
  return code <= 0xdb ? text(bytes, start, size) : list(bytes, start, size)
}

const text = (bytes: Buffer, start: number, size: number) =>
  bytes.length < start + size ? null : { value: bytes.toString('utf8', start, start + size), end: start + size }

const list = (bytes: Buffer, start: number, size: number) => {
  const value: Value[] = []
  let end = start
  for (let index = 0; index < size; index++) {
    const item = decode(bytes, end)
    if (!item) return null
    value.push(item.value)
    end = item.end
  }
  return { value, end }
}
