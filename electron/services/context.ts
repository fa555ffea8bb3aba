import type { Emit, Handlers, ServiceContract } from '@shared/rpc/contract'
import type { JobRunner } from './jobs/jobs'
import type { Workspace } from './workspace/root'

/** Secrets by name, in the operating system’s key store where there is one. Never written to a file of ours. */
export interface SecretStore {
  get(name: string): Promise<string | null>
  /** `isDurable` is false where the secret is kept for this session only; the caller tells the user. */
  set(name: string, value: string): Promise<{ isDurable: boolean }>
  remove(name: string): Promise<void>
}

/** What differs between the hosts (Electron, browser host, command line), and nothing else. */
export interface Platform {
  readonly host: 'electron' | 'browser' | 'cli'
  /** Per-user folder for the managed Python environment, settings and logs. `PROML_HOME` overrides it. */
  readonly home: string
  /** The `resources/` folder. */
  readonly resources: string
  /** Folder of the built service code (`out/main`), where child-process entries lie. */
  readonly code: string
  readonly secrets: SecretStore
}

export interface Logger {
  info(message: string, detail?: unknown): void
  warn(message: string, detail?: unknown): void
  error(message: string, detail?: unknown): void
}

/** What every service is made with. One workspace: opening another folder makes all services anew. */
export interface ServiceContext {
  readonly workspace: Workspace
  readonly platform: Platform
  readonly jobs: JobRunner
  readonly log: Logger
}

export interface Service<C extends ServiceContract> {
  readonly handlers: Handlers<C>
  /** Ends children and closes files; the service is not used afterwards. */
  dispose(): Promise<void>
}

export type { Emit }
