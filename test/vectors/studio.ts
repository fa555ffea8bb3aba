import { mkdirSync, writeFileSync } from 'node:fs'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createHealthService } from '../../electron/services/health/health'
import { createLanguageService } from '../../electron/services/language/language'
import { createRuntimeService } from '../../electron/services/runtime/runtime'
import { createTrainingService } from '../../electron/services/training/training'
import { testContext } from '../support/context'
import { readyPython } from '../training/fixture'
import { program, writePosts } from './posts'

export const call = { signal: new AbortController().signal }

/** The services of a workspace with posts and their vectors, put together as the studio does. */
export const openPosts = async () => {
  const context = testContext()
  const data = createDataService(context, () => {})
  const language = createLanguageService(context, () => {}, { data })
  const features = createFeaturesService(context, () => {}, { data, language })
  const training = createTrainingService(context, () => {}, {
    language,
    features,
    python: readyPython,
  })
  const registry = { bundleFile: () => Promise.reject(new Error('No bundles here.')), bundleList: async () => [] }
  const runtime = createRuntimeService(context, () => {}, { data, features, training, registry })
  const health = createHealthService(context, () => {}, { data, features, runtime })
  const folder = context.workspace.resolve('data')
  mkdirSync(folder)
  await writePosts(data.engine, folder)
  writeFileSync(context.workspace.resolve('posts.proml'), program)
  return {
    ...{ context, data, language, features, training, runtime, health, folder },
    train: async (model: string, text?: string) => {
      const { jobId, runId } = await training.handlers.start({ path: 'posts.proml', model, text }, call)
      await context.jobs.finished(jobId)
      return training.readRun(runId)
    },
    dispose: async () => {
      for (const service of [health, runtime, training, features, language, data]) await service.dispose()
      context.remove()
    },
  }
}
