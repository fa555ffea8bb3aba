interface ActiveText {
  save(): Promise<void>
}

let active: ActiveText | null = null

/** Returns the way to step back. */
export const setActiveText = (text: ActiveText): (() => void) => {
  active = text
  return () => {
    if (active === text) active = null
  }
}

export const hasActiveText = (): boolean => active !== null
export const saveActiveText = async (): Promise<void> => active?.save()
