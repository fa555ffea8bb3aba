import { z } from 'zod'
import { StudioError, type StudioErrorData, toStudioError } from '../errors'
import type { CallContext, Handlers, ServiceContract } from './contract'
import type { ServerTransport } from './transport'

export type AnyHandlers = Readonly<Record<string, (input: never, context: CallContext) => Promise<unknown>>>
export type HandlerTable<S extends Readonly<Record<string, ServiceContract>>> = {
  readonly [K in keyof S]: Handlers<S[K]>
}

export type CallResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: StudioErrorData }

export interface Dispatcher {
  call(service: string, procedure: string, input: unknown, context: CallContext): Promise<CallResult>
}

/** Checks a call against its contract, runs it, checks the answer. Never rejects. `handlers` is asked anew for every call. */
export const createDispatcher = <S extends Readonly<Record<string, ServiceContract>>>(
  contracts: S,
  handlers: () => HandlerTable<S>,
  onFailure: (service: string, procedure: string, error: StudioError) => void = () => {},
): Dispatcher => ({
  async call(service, procedure, input, context) {
    try {
      const contract = Object.hasOwn(contracts, service) ? contracts[service] : undefined
      const definition =
        contract && Object.hasOwn(contract.procedures, procedure) ? contract.procedures[procedure] : undefined
      if (!definition) throw new StudioError('not_found', `There is no procedure ${service}.${procedure}.`)
      const parsed = definition.input.safeParse(input)
      if (!parsed.success)
        throw new StudioError('invalid_input', `${service}.${procedure} was called with input that it cannot take.`, {
          hint: z.prettifyError(parsed.error),
        })
      const handler = (handlers() as Readonly<Record<string, AnyHandlers>>)[service]?.[procedure]
      if (!handler) throw new StudioError('not_supported', `${service}.${procedure} is not available here.`)
      const value = await handler(parsed.data as never, context)
      return { ok: true, value: definition.output.parse(value) }
    } catch (thrown) {
      const error =
        thrown instanceof z.ZodError
          ? new StudioError('internal', `${service}.${procedure} gave an answer that breaks its contract.`, {
              detail: z.prettifyError(thrown),
            })
          : context.signal.aborted
            ? new StudioError('cancelled', 'Cancelled.')
            : toStudioError(thrown)
      onFailure(service, procedure, error)
      return { ok: false, error: error.toData() }
    }
  },
})

/** Answers one connection’s calls; returns how to send it events. Calls still running when it closes are aborted. */
export const serveTransport = (
  dispatcher: Dispatcher,
  transport: ServerTransport,
): { emit: (service: string, event: string, payload: unknown) => void } => {
  const running = new Map<number, AbortController>()
  let isOpen = true
  transport.onMessage((message) => {
    if (message.type === 'cancel') {
      running.get(message.id)?.abort()
      return
    }
    if (message.type !== 'call') return
    const controller = new AbortController()
    running.set(message.id, controller)
    void dispatcher
      .call(message.service, message.procedure, message.input, { signal: controller.signal })
      .then((result) => {
        running.delete(message.id)
        if (isOpen) transport.send({ type: 'result', id: message.id, ...result })
      })
  })
  transport.onClose(() => {
    isOpen = false
    for (const controller of running.values()) controller.abort()
  })
  return {
    emit: (service, event, payload) => {
      if (isOpen) transport.send({ type: 'event', service, event, payload })
    },
  }
}
