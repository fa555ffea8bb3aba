import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { safeStorage, type UtilityProcess } from 'electron'
import { z } from 'zod'

const requestSchema = z.discriminatedUnion('action', [
  z.object({ type: z.literal('secret'), id: z.number(), action: z.literal('get'), name: z.string() }),
  z.object({
    type: z.literal('secret'),
    id: z.number(),
    action: z.literal('set'),
    name: z.string(),
    value: z.string(),
  }),
  z.object({ type: z.literal('secret'), id: z.number(), action: z.literal('remove'), name: z.string() }),
])

const read = (path: string): Record<string, string> => {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return {}
  }
}

/** Whole or not at all: a half-written file would lose every password. */
const write = (path: string, secrets: Record<string, string>): boolean => {
  try {
    writeFileSync(`${path}.part`, JSON.stringify(secrets), { mode: 0o600, flush: true })
    renameSync(`${path}.part`, path)
    return true
  } catch {
    return false
  }
}

/** Null where another key store, or none, encrypted it. */
const decrypt = (encrypted: string): string | null => {
  try {
    return safeStorage.decryptString(Buffer.from(encrypted, 'base64'))
  } catch {
    return null
  }
}

/**
 * Answers the services’ requests for secrets. What is written is what the operating system’s key store encrypted;
 * where it has none, secrets live as long as this process.
 */
export const answerSecretRequests = (services: UtilityProcess, path: string): void => {
  const session = new Map<string, string>()
  services.on('message', (message: unknown) => {
    const request = requestSchema.safeParse(message)
    if (!request.success) return
    const { id, action, name } = request.data
    let isDurable = safeStorage.isEncryptionAvailable()
    const stored = read(path)
    let value: string | null = null
    if (action === 'get') {
      const encrypted = stored[name]
      value = session.get(name) ?? (encrypted && isDurable ? decrypt(encrypted) : null)
    } else {
      session.delete(name)
      delete stored[name]
      if (action === 'set' && isDurable) stored[name] = safeStorage.encryptString(request.data.value).toString('base64')
      if (!write(path, stored)) isDurable = false
      if (action === 'set' && !isDurable) session.set(name, request.data.value)
    }
    services.postMessage({ type: 'secret', id, value, isDurable })
  })
}
