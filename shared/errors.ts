/** Every failure a user can meet. The set is closed: a new code needs a sentence in `docs/errors.md`. */
export const errorCodes = [
  'invalid_input',
  'not_found',
  'already_exists',
  'conflict',
  'permission_denied',
  'outside_workspace',
  'unreadable_file',
  'missing_column',
  'language_errors',
  'engine_failed',
  'engine_busy',
  'python_missing',
  'python_failed',
  'kernel_failed',
  'kernel_dead',
  'training_failed',
  'model_refused',
  'model_failed',
  'deadline_exceeded',
  'gate_failed',
  'registry_refused',
  'registry_unreachable',
  'source_unreachable',
  'digest_mismatch',
  'offline',
  'cancelled',
  'not_supported',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** What crosses a process boundary in place of a thrown error. */
export interface StudioErrorData {
  readonly code: ErrorCode
  /** One sentence that says what is wrong. */
  readonly message: string
  /** One sentence that says what to do about it. */
  readonly hint?: string
  /** Where, when there is a place: a file, a line, a column name. */
  readonly place?: { readonly file?: string; readonly line?: number; readonly column?: string }
  /** Technical detail for the log; never shown first. */
  readonly detail?: string
}

export class StudioError extends Error implements StudioErrorData {
  override readonly name = 'StudioError'
  readonly code: ErrorCode
  readonly hint?: string
  readonly place?: StudioErrorData['place']
  readonly detail?: string

  constructor(
    code: ErrorCode,
    message: string,
    more: Omit<StudioErrorData, 'code' | 'message'> & { cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.hint = more.hint
    this.place = more.place
    this.detail = more.detail ?? (more.cause instanceof Error ? more.cause.message : undefined)
  }

  toData(): StudioErrorData {
    const { code, message, hint, place, detail } = this
    return { code, message, hint, place, detail }
  }

  static fromData(data: StudioErrorData): StudioError {
    return new StudioError(data.code, data.message, data)
  }
}

/** Any thrown value as coded data; an unexpected one becomes `internal`, with its text kept as detail. */
export function toStudioError(thrown: unknown): StudioError {
  if (thrown instanceof StudioError) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError') return new StudioError('cancelled', 'Cancelled.')
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return new StudioError('internal', `Something unexpected went wrong: ${text}`, {
    hint: 'Open Output for the log; if it happens again, please report it with that log.',
    cause: thrown,
    detail: thrown instanceof Error ? thrown.stack : undefined,
  })
}
