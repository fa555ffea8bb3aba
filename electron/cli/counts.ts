import { StudioError } from '@shared/errors'

/** What stands behind an option that takes so many. */
export const countOf = (text: string, option: string): number => {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (count > 0) return count
  throw new StudioError('invalid_input', `\`${text}\` is no count.`, {
    hint: `Write a whole number of at least 1 behind \`${option}\`.`,
  })
}
