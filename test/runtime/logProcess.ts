import { createDataEngine } from '../../electron/services/data/engine'
import { createPredictionLog } from '../../electron/services/runtime/predictionLog'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'
import { idSignature } from './idSignature'

/** A studio that logs predictions as fast as it can, and says of each call that it is kept, until it is killed. */
const [, , root = '', code = '', writer = '0', flushEvery = '7'] = process.argv
const log = { info: () => {}, warn: () => {}, error: (message: string) => console.error(message) }
const workspace = openWorkspaceRoot(root)
const engine = createDataEngine({ code, root: workspace.root, temporaryFolder: workspace.internal('tmp'), log })
const predictions = createPredictionLog({ workspace, log }, engine, async () => idSignature)

for (let call = 1; ; call += 1) {
  const rows = 1 + (call % 5)
  await predictions.append('run:r-1', idSignature, {
    engine: 'native',
    rows: { id: Array.from({ length: rows }, (_, row) => `${writer}-${call}-${row}`) },
    outputs: { p: Array.from({ length: rows }, () => 0.5) },
    elapsedMs: 1,
  })
  console.log(`kept ${writer} ${call} ${rows}`)
  if (call % Number(flushEvery) === 0) await predictions.flush('run:r-1')
}
