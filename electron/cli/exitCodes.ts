import type { ErrorCode } from '@shared/errors'

/** What a command’s exit says to a script; `docs/errors.md` has the same table. */
export const exitCodes = {
  done: 0,
  /** It was tried and did not work out. */
  failed: 1,
  /** It was asked for in a way that cannot be done. */
  usage: 2,
  /** The program or its data has errors. */
  wrong: 3,
  /** A limit that the program sets is not met: gates, health. */
  belowLimits: 4,
  registry: 5,
  /** The machine lacks something; `proml doctor` says what. */
  machine: 6,
  /** What a shell expects of something that Ctrl+C ended. */
  cancelled: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeOf: Readonly<Record<ErrorCode, ExitCode>> = {
  invalid_input: exitCodes.usage,
  not_found: exitCodes.usage,
  already_exists: exitCodes.usage,
  outside_workspace: exitCodes.usage,
  not_supported: exitCodes.usage,
  language_errors: exitCodes.wrong,
  missing_column: exitCodes.wrong,
  unreadable_file: exitCodes.wrong,
  gate_failed: exitCodes.belowLimits,
  registry_refused: exitCodes.registry,
  registry_unreachable: exitCodes.registry,
  source_unreachable: exitCodes.registry,
  digest_mismatch: exitCodes.registry,
  offline: exitCodes.registry,
  python_missing: exitCodes.machine,
  python_failed: exitCodes.machine,
  cancelled: exitCodes.cancelled,
  conflict: exitCodes.failed,
  permission_denied: exitCodes.failed,
  engine_failed: exitCodes.failed,
  engine_busy: exitCodes.failed,
  kernel_failed: exitCodes.failed,
  kernel_dead: exitCodes.failed,
  training_failed: exitCodes.failed,
  model_refused: exitCodes.failed,
  model_failed: exitCodes.failed,
  deadline_exceeded: exitCodes.failed,
  internal: exitCodes.failed,
}
