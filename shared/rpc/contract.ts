import type { z } from 'zod'

/** Whether a call has an effect. Queries may be repeated freely (after a reconnect, say); commands may not. */
export type ProcedureKind = 'query' | 'command'

/** What a call needs beyond the services themselves; the window greys out what cannot work, and says why. */
export type ProcedureNeed = 'nothing' | 'python' | 'kernel' | 'network'

export interface Procedure<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: ProcedureKind
  readonly summary: string
  readonly input: I
  readonly output: O
  readonly needs: ProcedureNeed
}

export interface ServiceContract {
  readonly name: string
  readonly procedures: Readonly<Record<string, Procedure>>
  readonly events: Readonly<Record<string, z.ZodType>>
}

type ProcedureOptions<I, O> = { summary: string; input: I; output: O; needs?: ProcedureNeed }

export const query = <I extends z.ZodType, O extends z.ZodType>(options: ProcedureOptions<I, O>): Procedure<I, O> => ({
  kind: 'query',
  needs: 'nothing',
  ...options,
})

export const command = <I extends z.ZodType, O extends z.ZodType>(
  options: ProcedureOptions<I, O>,
): Procedure<I, O> => ({
  kind: 'command',
  needs: 'nothing',
  ...options,
})

export const defineService = <
  const N extends string,
  P extends Record<string, Procedure>,
  E extends Record<string, z.ZodType>,
>(contract: {
  name: N
  procedures: P
  events: E
}) => contract

/** What travels with a call besides its input. */
export interface CallContext {
  /** Aborted when the caller cancels or goes away. */
  readonly signal: AbortSignal
}

/** The server's side of a contract: one function a procedure. Failures are thrown as `StudioError`. */
export type Handlers<C extends ServiceContract> = {
  readonly [K in keyof C['procedures']]: (
    input: z.output<C['procedures'][K]['input']>,
    context: CallContext,
  ) => Promise<z.input<C['procedures'][K]['output']>>
}

/** The caller's side of a contract. Rejects with `StudioError`. */
export type Client<C extends ServiceContract> = {
  readonly [K in keyof C['procedures']]: (
    input: z.input<C['procedures'][K]['input']>,
    options?: { signal?: AbortSignal },
  ) => Promise<z.output<C['procedures'][K]['output']>>
}

export type EventPayload<C extends ServiceContract, E extends keyof C['events']> = z.output<C['events'][E]>

/** How a service tells what happened. Events tell state; they never steer. */
export type Emit<C extends ServiceContract> = <E extends keyof C['events'] & string>(
  event: E,
  payload: EventPayload<C, E>,
) => void
