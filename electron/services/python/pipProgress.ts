/**
 * Reads pip's lines and says how far it is. pip names each package once as it collects it (downloads from then on),
 * names those that the platform does not need, then installs all in one step that prints nothing.
 */
export const pipProgress = (lock: string): ((line: string) => { fraction: number; message: string } | null) => {
  let total = (lock.match(/^[A-Za-z0-9][\w.-]*==/gm) ?? []).length
  let collected = 0
  return (line) => {
    const text = line.trim()
    if (text.startsWith('Ignoring ')) {
      total -= 1
      return null
    }
    const name = /^Collecting ([\w.-]+)==(\S+)/.exec(text) ?? /^Processing .*?([\w.]+)-([\w.]+)-[\w.-]+\.whl/.exec(text)
    if (name) {
      collected += 1
      const fraction = Math.min(1, (0.75 * collected) / Math.max(1, total))
      return { fraction, message: `Downloading ${name[1]} ${name[2]} (${Math.min(collected, total)} of ${total})` }
    }
    if (text.startsWith('Installing collected packages'))
      return { fraction: 0.78, message: `Installing ${total} packages` }
    if (text.startsWith('Successfully installed')) return { fraction: 1, message: 'Installed' }
    return null
  }
}
