/** Gives each distinct SQL text a short name. */
export interface ShortNames {
  of(sql: string): string
  /** `sql as name`, for each. */
  columns(): string[]
  names(): string[]
  entries(): (readonly [sql: string, name: string])[]
}

export const shortNames = (prefix: string): ShortNames => {
  const known = new Map<string, string>()
  return {
    of(sql) {
      const name = known.get(sql) ?? `${prefix}${known.size}`
      known.set(sql, name)
      return name
    },
    columns: () => [...known].map(([sql, name]) => `${sql} as ${name}`),
    names: () => [...known.values()],
    entries: () => [...known],
  }
}
