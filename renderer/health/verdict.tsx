import { counted } from '@shared/counted'
import type { HealthReport } from '@shared/health/report'
import { CircleAlert, CircleCheck, CircleHelp, TriangleAlert } from 'lucide-react'
import { Chip, type Tone } from '../ui/chip'
import { formatTime } from '../ui/format'

export type Verdict = HealthReport['verdict']

export const verdictWords: Readonly<Record<Verdict, string>> = {
  good: 'good',
  warn: 'watch',
  bad: 'alert',
  unknown: 'unknown',
}
const tones: Readonly<Record<Verdict, Tone>> = { good: 'good', warn: 'warn', bad: 'bad', unknown: 'neutral' }

export const VerdictChip = ({ verdict }: { readonly verdict: Verdict }) => (
  <Chip tone={tones[verdict]}>{verdictWords[verdict]}</Chip>
)

const titles: Readonly<Record<Verdict, string>> = {
  good: 'This model is well',
  warn: 'Something is moving',
  bad: 'This model needs attention',
  unknown: 'Not enough to judge',
}
const icons: Readonly<Record<Verdict, typeof CircleAlert>> = {
  good: CircleCheck,
  warn: TriangleAlert,
  bad: CircleAlert,
  unknown: CircleHelp,
}

/** What is wrong, most important first. */
export const VerdictBanner = ({
  report,
  onPick,
}: {
  readonly report: HealthReport
  readonly onPick: (column: string) => void
}) => {
  const Icon = icons[report.verdict]
  return (
    <section className="health-banner" data-verdict={report.verdict} aria-label="Verdict">
      <h2 className="health-banner-title">
        <Icon size={18} aria-hidden />
        {titles[report.verdict]}
      </h2>
      <p className="health-note">
        {counted(report.rows, 'prediction')}
        {report.from === null || report.to === null ? '' : `, ${formatTime(report.from)} to ${formatTime(report.to)}`}
      </p>
      {report.causes.length === 0 ? (
        <p className="health-note">Inputs, predictions and what is known of the labels look as they did in training.</p>
      ) : (
        <ol className="health-causes">
          {report.causes.map((cause) => {
            const { column } = cause
            const text = (
              <>
                <VerdictChip verdict={cause.verdict} />
                <span className="health-cause-title">{cause.title.replaceAll('`', '')}</span>
                <span className="health-note">{cause.detail}</span>
              </>
            )
            return (
              <li key={`${cause.title} ${column ?? ''}`}>
                {column === null ? (
                  <div className="health-cause">{text}</div>
                ) : (
                  <button type="button" className="health-cause" onClick={() => onPick(column)}>
                    {text}
                  </button>
                )}
              </li>
            )
          })}
        </ol>
      )}
    </section>
  )
}
