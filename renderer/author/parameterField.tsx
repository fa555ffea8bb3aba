import type { GraphNode, GraphParameter } from '@shared/graph/graph'
import { useEffect, useState } from 'react'
import { Select } from '../ui/select'
import { TextField } from '../ui/textField'
import { leaveField } from './focus'
import { editGraph } from './views'

interface ParameterFieldProps {
  readonly path: string
  readonly node: GraphNode
  readonly parameter: GraphParameter
}

const units = [
  { id: 's', label: 's' },
  { id: 'm', label: 'min' },
  { id: 'h', label: 'h' },
  { id: 'd', label: 'd' },
  { id: 'w', label: 'wk' },
] as const
type Unit = (typeof units)[number]['id']

/** One parameter of a node, edited where it is written. What the text refuses is told under the field. */
export const ParameterField = ({ path, node, parameter }: ParameterFieldProps) => {
  const [refusal, setRefusal] = useState<string | null>(null)
  const commit = async (text: string): Promise<void> => {
    setRefusal(null)
    if (text === parameter.text) return
    const edit = { kind: 'parameter', node: node.id, parameter: parameter.name, text } as const
    setRefusal(await editGraph(path, edit).catch(String))
  }
  const shared = { parameter, refusal, commit }
  switch (parameter.control) {
    case 'duration':
      return <DurationField {...shared} />
    case 'choice':
      return <ChoiceField {...shared} choices={parameter.choices ?? []} />
    case 'bool':
      return <ChoiceField {...shared} choices={['true', 'false']} />
    case 'number':
    case 'tune':
    case 'text':
      return <WrittenField {...shared} />
  }
}

interface FieldProps {
  readonly parameter: GraphParameter
  readonly refusal: string | null
  readonly commit: (text: string) => Promise<void>
}

const isQuoted = (text: string): boolean => /^"(?:[^"\\]|\\.)*"$/.test(text)

const unquote = (text: string): string => {
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}

/** A text literal is edited without its quotes; everything else as written. */
const WrittenField = ({ parameter, refusal, commit }: FieldProps) => {
  const quoted = isQuoted(parameter.text)
  const shown = quoted ? unquote(parameter.text) : parameter.text
  const [draft, setDraft] = useState(shown)
  useEffect(() => setDraft(shown), [shown])
  const done = (): Promise<void> => commit(quoted ? JSON.stringify(draft) : draft.trim())
  return (
    <div className="author-field" title={parameter.documentation}>
      <TextField
        label={parameter.name}
        value={draft}
        onChange={setDraft}
        onEnter={() => void done().then(leaveField)}
        onBlur={() => void done()}
        error={refusal}
        placeholder={parameter.control === 'tune' ? '6 or tune(3..8)' : undefined}
      />
    </div>
  )
}

const ChoiceField = ({ parameter, refusal, commit, choices }: FieldProps & { readonly choices: readonly string[] }) => (
  <div className="author-field" title={parameter.documentation}>
    <Select
      label={parameter.name}
      options={choices.map((choice) => ({ id: choice, label: isQuoted(choice) ? unquote(choice) : choice }))}
      value={parameter.text}
      onChange={(next) => void commit(next)}
    />
    {refusal ? <p className="ui-field-error">{refusal}</p> : null}
  </div>
)

const DurationField = ({ parameter, refusal, commit }: FieldProps) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(parameter.text)
  const written = match?.[1] ?? ''
  const [amount, setAmount] = useState(written)
  useEffect(() => setAmount(written), [written])
  const unit = units.find(({ id }) => id === match?.[2])?.id ?? null
  if (!match || unit === null) return <WrittenField parameter={parameter} refusal={refusal} commit={commit} />
  const done = (next: Unit = unit): Promise<void> => commit(`${amount.trim()}${next}`)
  return (
    <div className="author-field author-duration" title={parameter.documentation}>
      <TextField
        label={parameter.name}
        value={amount}
        onChange={setAmount}
        onEnter={() => void done().then(leaveField)}
        onBlur={() => void done()}
        error={refusal}
      />
      <Select
        label={`${parameter.name} unit`}
        isLabelHidden
        options={units}
        value={unit}
        onChange={(next) => void done(next)}
      />
    </div>
  )
}
