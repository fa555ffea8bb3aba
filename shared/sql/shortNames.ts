/** Gives each distinct key a short name. */
export const shortNames = (prefix: string) => {
  const names = new Map<string, string>()
  return {
    of(key: string): string {
      const found = names.get(key) ?? `${prefix}${names.size}`
      names.set(key, found)
      return found
    },
    map: <T>(each: (key: string, name: string) => T): T[] => [...names].map(([key, name]) => each(key, name)),
    get isEmpty(): boolean {
      return names.size === 0
    },
  }
}
export type ShortNames = ReturnType<typeof shortNames>
