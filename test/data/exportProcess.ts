import { join } from 'node:path'
import { createDataEngine } from '../../electron/services/data/engine'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'

/** A studio that writes a file for ever and holds a scratch folder, until it is killed. */
const [, , root = '', code = ''] = process.argv
const log = { info: () => {}, warn: () => {}, error: (message: string) => console.error(message) }
const workspace = openWorkspaceRoot(root)
const engine = createDataEngine({ code, root: workspace.root, temporaryFolder: workspace.internal('tmp'), log })
const scratch = await engine.scratch('predict')
console.log(`scratch ${scratch.path}`)
const flights = `read_parquet('${join(root, 'data/flights.parquet')}')`
const sql = `select a.* from ${flights} a, range(100000)`
await engine.copy(sql, join(root, 'exports/rows.parquet'), 'parquet', { onProgress: () => console.log('progress') })
