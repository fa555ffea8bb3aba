import { draftResultSchema } from '@shared/rpc/draft'
import type { ServiceContext } from '../../electron/services/context'
import { createDataService } from '../../electron/services/data/data'
import { createDraftService } from '../../electron/services/draft/draft'
import { createLanguageService } from '../../electron/services/language/language'

const signal = new AbortController().signal

/** The services that a draft is made with, on a workspace of this test. */
export const drafting = (context: ServiceContext) => {
  const data = createDataService(context, () => {})
  const language = createLanguageService(context, () => {}, { data })
  const draft = createDraftService(context, () => {}, { data, language })
  return {
    data,
    language,
    draft: async (path: string, more: { label?: string; sourcePath?: string } = {}) => {
      const { jobId } = await draft.handlers.file({ path, ...more }, { signal })
      return draftResultSchema.parse(await context.jobs.finished(jobId))
    },
    /** What the checker says of a draft as if it were saved: `severity code message`. */
    check: async (path: string, text: string) => {
      const { diagnostics } = await language.handlers.check({ path, text }, { signal })
      return diagnostics.filter(({ severity }) => severity !== 'info').map((one) => `${one.code} ${one.message}`)
    },
    dispose: async () => {
      for (const service of [draft, language, data]) await service.dispose()
    },
  }
}
