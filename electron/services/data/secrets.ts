import { StudioError } from '@shared/errors'
import type { SecretStore } from '../context'

/** Secrets of sources and what registries keep do not meet. */
const storedName = (name: string): string => `source:${name}`

/** `PROML_SECRET_SHOP` for `shop`: where no key store is, and for scripts. */
export const secretVariable = (name: string): string => `PROML_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`

/** What a source’s argument stands for: a text as it is, a secret’s value. It is never logged, and no failure holds it. */
export const secretValue = async (
  store: SecretStore,
  argument: string | { readonly secret: string } | undefined,
): Promise<string | null> => {
  if (argument === undefined || typeof argument === 'string') return argument ?? null
  const name = argument.secret
  const value = (await store.get(storedName(name))) ?? process.env[secretVariable(name)]
  if (value !== undefined && value !== '') return value
  throw new StudioError('not_found', `There is no secret \`${name}\` on this machine.`, {
    hint: `Set it with the command *Set a secret of a source*, or in the environment as \`${secretVariable(name)}\`.`,
  })
}

export const setSecret = (store: SecretStore, name: string, value: string): Promise<{ isDurable: boolean }> =>
  value === '' ? store.remove(storedName(name)).then(() => ({ isDurable: true })) : store.set(storedName(name), value)
