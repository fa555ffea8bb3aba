import { decodeMessage, encodeMessage } from '@shared/rpc/codec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const wire = (message: unknown): unknown => decodeMessage(encodeMessage(message))

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value

describe('messages on the wire', () => {
  it('arrive as they were sent, bytes and all, whatever the keys are named', () => {
    fc.assert(
      fc.property(value, (message) => {
        expect(wire({ message })).toEqual({ message })
      }),
    )
  })

  it('carries plain messages as text that a person can read in the developer tools', () => {
    expect(encodeMessage({ type: 'call', id: 1 })).toBe('{"type":"call","id":1}')
  })

  it('does not change the message that it encodes', () => {
    const message = { a: [new Uint8Array([1, 2])], b: { c: new Uint8Array([3]) } }
    encodeMessage(message)
    expect(message).toEqual({ a: [new Uint8Array([1, 2])], b: { c: new Uint8Array([3]) } })
  })

  it('refuses bytes that are no message instead of crashing or hanging', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeMessage(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })

  it('cannot be made to write to a prototype', () => {
    const header = new TextEncoder().encode(
      JSON.stringify({ message: {}, parts: [{ path: ['__proto__', 'polluted'], length: 1 }] }),
    )
    const bytes = new Uint8Array(4 + header.length + 1)
    new DataView(bytes.buffer).setUint32(0, header.length, true)
    bytes.set(header, 4)
    expect(() => decodeMessage(bytes)).toThrow(RangeError)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
