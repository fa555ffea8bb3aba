import type { Rows } from '@shared/rpc/runtime'
import type { SignatureInput } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import { useId } from 'react'
import { Switch } from 'react-aria-components'
import { type FieldValue, type FormValues, suggestionsFor } from './form'

interface FieldProps {
  readonly input: SignatureInput
  readonly value: FieldValue
  readonly problem: string | undefined
  readonly suggestions: readonly string[]
  readonly onChange: (value: FieldValue) => void
}

const typeOf = ({ tensor, width }: SignatureInput): string => {
  if (width !== undefined) return `vector[${width}]`
  return tensor === 'float32' ? 'float' : tensor === 'int64' ? 'int' : tensor
}

const Field = ({ input, value, problem, suggestions, onChange }: FieldProps) => {
  const id = useId()
  const isNumber = input.tensor === 'float32' || input.tensor === 'int64'
  return (
    <div className="run-field">
      <label htmlFor={id} className="run-field-name" title={input.name}>
        {input.name} <span className="run-field-type">{typeOf(input)}</span>
      </label>
      {input.tensor === 'bool' ? (
        <select
          id={id}
          className="run-input"
          value={value.text === 'true' ? 'true' : 'false'}
          onChange={(event) => onChange({ text: event.target.value, isNull: false })}
        >
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      ) : input.width !== undefined ? (
        <textarea
          id={id}
          className="run-input"
          rows={3}
          data-null={value.isNull || undefined}
          value={value.isNull ? '' : value.text}
          placeholder={value.isNull ? 'NULL' : `${input.width} numbers`}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={(event) => onChange({ text: event.target.value, isNull: false })}
          spellCheck={false}
          autoComplete="off"
        />
      ) : (
        <input
          id={id}
          className="run-input"
          data-null={value.isNull || undefined}
          inputMode={isNumber ? 'decimal' : undefined}
          value={value.isNull ? '' : value.text}
          placeholder={value.isNull ? 'NULL' : undefined}
          list={suggestions.length > 0 ? `${id}-values` : undefined}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={(event) => onChange({ text: event.target.value, isNull: false })}
          spellCheck={false}
          autoComplete="off"
        />
      )}
      {suggestions.length > 0 ? (
        <datalist id={`${id}-values`}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      ) : null}
      {input.isNullable ? (
        <Switch
          className="run-switch"
          isSelected={value.isNull}
          onChange={(isNull) => onChange({ ...value, isNull })}
          aria-label={`${input.name} is null`}
        >
          <span className="run-switch-track" />
          null
        </Switch>
      ) : (
        <span />
      )}
      {problem ? (
        <span id={`${id}-problem`} className="run-field-problem">
          {problem}
        </span>
      ) : null}
    </div>
  )
}

interface RowFormProps {
  readonly signature: Signature
  readonly golden: Rows
  readonly values: FormValues
  readonly problems: Readonly<Record<string, string>>
  readonly onChange: (name: string, value: FieldValue) => void
}

/** One field an input; the answer follows while one types. */
export const RowForm = ({ signature, golden, values, problems, onChange }: RowFormProps) => (
  <fieldset className="run-form">
    <legend className="run-heading">One row</legend>
    {signature.inputs.map((input) => (
      <Field
        key={input.name}
        input={input}
        value={values[input.name] ?? { text: '', isNull: false }}
        problem={problems[input.name]}
        suggestions={suggestionsFor(input, golden)}
        onChange={(value) => onChange(input.name, value)}
      />
    ))}
  </fieldset>
)
