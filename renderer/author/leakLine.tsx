import { leakSentences } from '@shared/features/leak'
import { useEffect, useState } from 'react'
import { studio } from '../app/studio'
import { Sentence } from '../ui/sentence'
import { sampledObservations } from './values'

interface LeakLineProps {
  readonly path: string
  readonly model: string
  /** Of the saved text: another text is measured anew. */
  readonly digest: string
}

/** What the model would know too early if arrival times and open ends of windows did not keep it from it. */
export const LeakLine = ({ path, model, digest }: LeakLineProps) => {
  const [told, setTold] = useState<{ readonly digest: string; readonly sentences: readonly string[] } | null>(null)
  useEffect(() => {
    const controller = new AbortController()
    studio.features.leak({ path, model, limit: sampledObservations }, { signal: controller.signal }).then(
      (leak) => setTold({ digest, sentences: leakSentences(leak) }),
      // The rows are what the view is for; why they cannot be computed is said in their place.
      () => setTold(null),
    )
    return () => controller.abort()
  }, [path, model, digest])
  if (told?.digest !== digest || told.sentences.length === 0) return null
  return (
    <p className="author-preview-leak" role="note">
      <Sentence text={told.sentences.join(' ')} />
    </p>
  )
}
