import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createJobsService } from '../../electron/services/jobs/jobs'
import { createLanguageService } from '../../electron/services/language/language'
import { createMaterialiseService } from '../../electron/services/materialise/materialise'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'

/** A studio without a window that materialises what it is told to, until it is done or killed. */
const [, , root = '', code = '', input = '{}'] = process.argv
const jobs = createJobsService(() => {})
const context = {
  workspace: openWorkspaceRoot(root),
  platform: {
    host: 'cli' as const,
    ...{ home: root, resources: root, code },
    secrets: { get: async () => null, set: async () => ({ isDurable: false }), remove: async () => {} },
  },
  jobs,
  log: { info: () => {}, warn: () => {}, error: (message: string) => console.error(message) },
}
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const materialise = createMaterialiseService(context, () => {}, { data, features, language })
const signal = new AbortController().signal
const { jobId } = await materialise.handlers.start(JSON.parse(input), { signal })
console.log('started')
const result = await jobs.finished(jobId)
console.log(`done ${JSON.stringify(result)}`)
for (const service of [materialise, features, language, data]) await service.dispose()
