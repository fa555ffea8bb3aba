import type { Transfer } from '@shared/registry/registry'

/**
 * Transfers as they were read, but for those of which something newer was told meanwhile: a list is as old as the
 * question, an event is not.
 */
export const withNewer = (read: readonly Transfer[], known: readonly Transfer[]): readonly Transfer[] => {
  const byId = new Map(known.map((transfer) => [transfer.id, transfer]))
  return read.map((transfer) => {
    const told = byId.get(transfer.id)
    return told !== undefined && told.updatedAt >= transfer.updatedAt ? told : transfer
  })
}
