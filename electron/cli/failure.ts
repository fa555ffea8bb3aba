import { StudioError } from '@shared/errors'

/** A failure with what is known beside it, which `--json` prints too. */
export class FailureWithFacts extends StudioError {
  readonly facts: Readonly<Record<string, unknown>>

  constructor(error: StudioError, facts: Readonly<Record<string, unknown>>) {
    super(error.code, error.message, error)
    this.facts = facts
  }
}
