import { Chip, type Tone } from '../ui/chip'
import { Sentence } from '../ui/sentence'
import { EmptyState } from '../ui/states'
import { openFile } from './navigation'
import { sortedProblems, useProblemsByFile } from './problems'

const tones: Record<'error' | 'warning' | 'info', Tone> = { error: 'bad', warning: 'warn', info: 'accent' }

export const ProblemList = () => {
  const problems = sortedProblems(useProblemsByFile())
  if (problems.length === 0)
    return <EmptyState title="No problems" detail="What the checker finds in .proml files is listed here." />
  return (
    <ul className="bottom-list" aria-label="Problems">
      {problems.map((problem) => (
        <li key={`${problem.file} ${problem.code} ${problem.span.start}`}>
          <button
            type="button"
            className="bottom-row"
            onClick={() => openFile(problem.file, { line: problem.line, column: problem.column })}
          >
            <Chip tone={tones[problem.severity]}>
              <span className="visually-hidden">{problem.severity} </span>
              {problem.code}
            </Chip>
            <span className="bottom-message">
              <Sentence text={problem.message} />{' '}
              <span className="bottom-mend">
                <Sentence text={problem.mend} />
              </span>
            </span>
            <span className="bottom-place">
              {problem.file} {problem.line}:{problem.column}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
