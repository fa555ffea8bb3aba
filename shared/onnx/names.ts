/** Names in a stranger’s file may be of any length and hold anything. */
export const shown = (name: string): string => {
  const clean = [...name.slice(0, 60)]
    .map((letter) => (letter < ' ' || letter === '\u007f' ? '\ufffd' : letter))
    .join('')
  return `“${clean}${name.length > 60 ? '…' : ''}”`
}
