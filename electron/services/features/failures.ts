import { StudioError } from '@shared/errors'
import { duplicateKeyMark } from '@shared/sql/timeless'
import { vectorLengthMark } from '@shared/sql/vectors'
import type { Table } from '../data/tables'

/** DuckDB’s words about a training set’s statement, said about the sources that a person knows. */
export const explainFeatureFailure = async (
  failure: StudioError,
  tables: readonly Table[],
  explain: (table: Table, error: unknown) => Promise<StudioError>,
): Promise<StudioError> => {
  const detail = failure.detail ?? ''
  const mark = detail.indexOf(duplicateKeyMark)
  if (mark >= 0) {
    const [source = '', ...key] = (detail.slice(mark + duplicateKeyMark.length).split('\n')[0] ?? '').split('|')
    return new StudioError('invalid_input', `\`${source}\` has two rows with the key \`${key.join('|').trim()}\`.`, {
      hint: 'A source without `time` has one row a key: remove one of them, or name the source’s `time` column.',
      detail,
    })
  }
  const length = detail.indexOf(vectorLengthMark)
  if (length >= 0) {
    const [name = '', found = '', expected = ''] = (
      detail.slice(length + vectorLengthMark.length).split('\n')[0] ?? ''
    ).split('|')
    return new StudioError('invalid_input', `A vector of \`${name}\` has ${found} numbers, not ${expected.trim()}.`, {
      hint: 'Write the length that the data has, or leave those rows out.',
      place: { column: name },
      detail,
    })
  }
  const lengths = /Cannot cast list with length (\d+) to array with length (\d+)/.exec(detail)
  if (lengths)
    return new StudioError('invalid_input', `A vector has ${lengths[1]} numbers, not ${lengths[2]}.`, {
      hint: 'Give vectors as long as those that the model was trained on.',
      detail,
    })
  // Of a number alone, DuckDB mostly says which column it is in; of one in a vector it never does.
  const word = /Could not convert string '(.*)' to (?:DOUBLE|FLOAT)\n/i.exec(detail)
  if (word)
    return new StudioError('invalid_input', `\`${word[1]}\` stands where a number is expected.`, {
      hint: 'Mend it in the file: a number is written as `0.1`, and a vector as `[0.1, 0.2]`.',
      detail,
    })
  const other =
    /Type (\w+) with value .* can't be cast to the destination type \w+\[|Unimplemented type for cast \((.+) -> \w+\[/.exec(
      detail,
    )
  if (other)
    return new StudioError('invalid_input', `A column that should hold vectors is of type ${other[1] ?? other[2]}.`, {
      hint: 'Give it a list of numbers in each row; a text must look like `[0.1, 0.2]`.',
      detail,
    })
  if (/^Out of Range Error: Overflow/.test(detail) || /out of range/i.test(detail.split('\n')[0] ?? ''))
    return new StudioError('invalid_input', 'A number of a feature became larger than 64 bits hold.', {
      hint: 'Multiply by a float (`* 1.0`) where the result may be that large.',
      detail,
    })
  if (failure.code !== 'engine_failed') return failure
  const named = tables.find(({ files }) => files.some((file) => detail.includes(file)))
  return named ? explain(named, failure) : failure
}
