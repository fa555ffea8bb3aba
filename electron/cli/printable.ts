const clipped = 120

/** Text from data as a terminal may show it: nothing in it moves the cursor, turns the writing or runs over the screen. */
export const printable = (text: string): string => {
  const shown = text.length > clipped ? `${text.slice(0, clipped)}…` : text
  return shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)
}
