import type { SecretStore } from '../context'

/** Secrets for as long as this process lives: for hosts without a key store. They are never written to a file. */
export const sessionSecrets = (): SecretStore => {
  const secrets = new Map<string, string>()
  return {
    get: async (name) => secrets.get(name) ?? null,
    set: async (name, value) => {
      secrets.set(name, value)
      return { isDurable: false }
    },
    remove: async (name) => {
      secrets.delete(name)
    },
  }
}
