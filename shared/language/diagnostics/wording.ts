/** `a`, `b` and `c`, at most so many, for messages. */
export const listed = (names: readonly string[], most = 6): string => {
  const shown = names.slice(0, most).map((name) => `\`${name}\``)
  if (names.length > most) return `${shown.join(', ')} and ${names.length - most} more`
  const last = shown.pop()
  if (last === undefined) return 'nothing'
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}

/** “Did you mean …?”, or what to do when nothing is near. */
export const didYouMean = (nearest: readonly string[], otherwise: string): string =>
  nearest.length === 0 ? otherwise : `Did you mean ${nearest.map((name) => `\`${name}\``).join(' or ')}?`
