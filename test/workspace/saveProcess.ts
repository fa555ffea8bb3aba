import { createFiles } from '../../electron/services/workspace/files'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'

/** A studio that appends a line to a text as often as it can, as an editor saves: only over what it has read. */
const [, , root = '', writer = '0', count = '10'] = process.argv
const files = createFiles(openWorkspaceRoot(root), () => {})
const call = { signal: new AbortController().signal }
for (let line = 1; line <= Number(count); ) {
  const { text, digest } = await files.read({ path: 'notes.md' }, call)
  try {
    await files.write({ path: 'notes.md', text: `${text}${writer}-${line}\n`, expectedDigest: digest }, call)
    line += 1
  } catch {
    // The other one was faster: read again.
  }
}
