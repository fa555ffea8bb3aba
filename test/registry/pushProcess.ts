import { createJobsService } from '../../electron/services/jobs/jobs'
import { createRegistryService } from '../../electron/services/registry/registry'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'

/** A studio without a window that carries what is queued in a workspace, until it is killed. */
const [, , root = '', chunkBytes = '65536'] = process.argv
createRegistryService(
  {
    workspace: openWorkspaceRoot(root),
    platform: {
      host: 'cli',
      home: root,
      resources: root,
      code: root,
      secrets: { get: async () => null, set: async () => ({ isDurable: false }), remove: async () => {} },
    },
    jobs: createJobsService(() => {}),
    log: { info: () => {}, warn: () => {}, error: (message) => console.error(message) },
  },
  (name, payload) => console.log(JSON.stringify({ name, payload })),
  { training: { runFolder: () => root, readRun: () => Promise.reject(new Error('none')) } },
  { chunkBytes: Number(chunkBytes), backoff: { baseMs: 10, capMs: 50 } },
)
setInterval(() => {}, 1000)
