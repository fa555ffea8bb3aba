import { type StudioError, toStudioError } from '@shared/errors'
import type { Rows } from '@shared/rpc/runtime'
import { useEffect, useMemo, useState } from 'react'
import { Switch } from 'react-aria-components'
import { studio } from '../app/studio'
import { AnswerView } from './answer'
import { EnginePicker } from './enginePicker'
import { type Answer, type RunnableModel, runRows } from './engines'
import { exampleValues, type FieldValue, parseForm } from './form'
import { RowForm } from './rowForm'
import { setLogging, useRun } from './store'

const typingPauseMs = 120
/** An answer that stands this long is one that somebody looked at; what flits by while typing is not kept. */
const settledMs = 1_500

export const OneRow = ({ model }: { readonly model: RunnableModel }) => {
  const engine = useRun((state) => state.engine)
  const isLogging = useRun((state) => state.isLogging)
  const [values, setValues] = useState(() => exampleValues(model.signature))
  const [isTouched, setTouched] = useState(false)
  const [result, setResult] = useState<{ readonly rows: Rows; readonly answer: Answer } | null>(null)
  const [error, setError] = useState<StudioError | null>(null)
  const { rows, problems } = useMemo(() => parseForm(model.signature, values), [model, values])

  useEffect(() => {
    if (!rows) return
    let isCurrent = true
    const timer = setTimeout(async () => {
      try {
        const answer = await runRows(model, engine, rows)
        if (!isCurrent) return
        setResult({ rows, answer })
        setError(null)
      } catch (thrown) {
        if (isCurrent) setError(toStudioError(thrown))
      }
    }, typingPauseMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [model, engine, rows])

  useEffect(() => {
    if (!result || !isLogging || !isTouched) return
    const timer = setTimeout(() => {
      const { engine: by, outputs, elapsedMs } = result.answer
      const kept = Object.fromEntries(Object.entries(outputs).map(([name, cells]) => [name, [...cells]]))
      const batch = { reference: model.reference, engine: by, rows: result.rows, outputs: kept, elapsedMs }
      // Keeping a prediction must never disturb making one; the log of the services tells of a failure.
      studio.runtime.logRows(batch).catch(() => {})
    }, settledMs)
    return () => clearTimeout(timer)
  }, [result, isLogging, isTouched, model])

  const change = (name: string, value: FieldValue): void => {
    setTouched(true)
    setValues((before) => ({ ...before, [name]: value }))
  }

  return (
    <section className="run-one" aria-label="One row">
      <RowForm
        signature={model.signature}
        golden={model.golden.inputs}
        values={values}
        problems={problems}
        onChange={change}
      />
      <div className="run-result">
        <EnginePicker />
        <AnswerView signature={model.signature} answer={result?.answer ?? null} error={error} isStale={rows === null} />
        <Switch className="run-switch" isSelected={isLogging} onChange={setLogging}>
          <span className="run-switch-track" />
          Keep predictions for health
        </Switch>
      </div>
    </section>
  )
}
