import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import type { Transfer } from '@shared/registry/registry'
import type { Command } from 'commander'
import { exitCodes } from '../exitCodes'
import { type Session, withStudio, workspaceOf } from '../session'

const settled: readonly Transfer['state'][] = ['done', 'blocked', 'waiting', 'cancelled']

/** Waits until the outbox has carried a transfer, or says why it waits. */
export const transferred = async (session: Session, id: string): Promise<Transfer> => {
  for (;;) {
    const transfer = (await session.studio.registry.outbox({})).find((entry) => entry.id === id)
    if (!transfer) throw new StudioError('not_found', 'The transfer is no longer in the outbox.')
    if (settled.includes(transfer.state)) return transfer
    session.terminal.progress(
      `pushing ${Math.round((100 * (transfer.bytesSent + transfer.bytesSkipped)) / Math.max(1, transfer.bytesTotal))} %`,
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/**
 * A remote by name, or by address: an address is remembered under its host or folder name. Credentials of the
 * environment are given in each run, also for one that is known: a terminal keeps none.
 */
export const remoteNamed = async (session: Session, to: string): Promise<string> => {
  const remotes = await session.studio.registry.remotes({})
  const known = remotes.find((remote) => remote.name === to || remote.url === to)
  const [username, password] = [process.env.PROML_REGISTRY_USERNAME, process.env.PROML_REGISTRY_PASSWORD]
  if (known) {
    if (username && /^https?:/.test(known.url))
      await session.studio.registry.addRemote({ name: known.name, url: known.url, username, password })
    return known.name
  }
  if (!/^(https?:|file:)/.test(to))
    throw new StudioError('not_found', `There is no registry named ${to}.`, {
      hint: `Known: ${remotes.map(({ name }) => name).join(', ') || 'none'}. Or give an address: http(s)://host:port or file:/folder.`,
    })
  const url = new URL(to)
  const name = (url.host || (url.pathname.split('/').filter(Boolean).at(-1) ?? 'folder')).replaceAll(
    /[^A-Za-z0-9._-]/g,
    '-',
  )
  return (await session.studio.registry.addRemote({ name, url: to, username, password })).name
}

export const addRegistryCommands = (program: Command): void => {
  program
    .command('push')
    .description(
      'bundle a run and push it to a registry (credentials: PROML_REGISTRY_USERNAME, PROML_REGISTRY_PASSWORD)',
    )
    .argument('[run]', 'run id; omitted: the newest finished run')
    .option('--to <registry>', 'name or address of a registry', 'local')
    .option('--tag <tag>', 'tag', 'dev')
    .option('--draft', 'push although gates fail')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--json', 'print JSON')
    .action(
      async (
        run: string | undefined,
        options: { to: string; tag: string; draft?: boolean; workspace: string; json?: boolean },
      ) => {
        await withStudio({ root: workspaceOf(options.workspace), isJson: options.json === true }, async (session) => {
          const { studio, terminal } = session
          const runId = run ?? (await studio.training.runs({})).find((candidate) => candidate.state === 'succeeded')?.id
          if (!runId)
            throw new StudioError('not_found', 'There is no finished run to push.', {
              hint: 'Train first: proml train <program>.',
            })
          const bundle = await studio.registry.bundle({ runId, tag: options.tag, asDraft: options.draft === true })
          const remote = await remoteNamed(session, options.to)
          const transfer = await transferred(
            session,
            (await studio.registry.push({ digest: bundle.digest, remote, tag: options.tag })).id,
          )
          terminal.clearProgress()
          if (terminal.isJson) terminal.json(transfer)
          else if (transfer.state === 'done')
            terminal.print(`${transfer.digest}  ${transfer.remote}/${transfer.repository}:${transfer.tag}`)
          else {
            terminal.note(`${transfer.state}: ${transfer.reason ?? ''} ${transfer.hint ?? ''}`)
            const { state, hasCredentials } =
              (await studio.registry.remotes({})).find(({ name }) => name === remote) ?? {}
            if (state === 'refused' && !hasCredentials)
              terminal.note('A terminal signs in with PROML_REGISTRY_USERNAME and PROML_REGISTRY_PASSWORD.')
          }
          if (transfer.state !== 'done')
            process.exitCode = transfer.state === 'cancelled' ? exitCodes.cancelled : exitCodes.registry
        })
      },
    )

  program
    .command('publish')
    .description('keep a namespace’s features under a version and push them to a registry; others import them by it')
    .argument('<namespace>', 'namespace of the files')
    .requiredOption('--tag <version>', 'version, such as 1.2.0')
    .option('--to <registry>', 'name or address of a registry; omitted: this workspace’s store only')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--json', 'print JSON')
    .action(async (namespace: string, options: { tag: string; to?: string; workspace: string; json?: boolean }) => {
      await withStudio({ root: workspaceOf(options.workspace), isJson: options.json === true }, async (session) => {
        const { studio, terminal } = session
        const set = await studio.registry.publishFeatures({ namespace, version: options.tag })
        const pushed = options.to
          ? await transferred(
              session,
              (
                await studio.registry.push({
                  digest: set.digest,
                  remote: await remoteNamed(session, options.to),
                  tag: options.tag,
                })
              ).id,
            )
          : null
        terminal.clearProgress()
        if (terminal.isJson) terminal.json({ ...set, transfer: pushed })
        else {
          terminal.print(`${set.digest}  ${namespace}@${options.tag}: ${counted(set.features.length, 'feature')}`)
          if (pushed?.state === 'done') terminal.print(`pushed to ${pushed.remote}/${pushed.repository}:${pushed.tag}`)
          else if (pushed) terminal.note(`${pushed.state}: ${pushed.reason ?? ''} ${pushed.hint ?? ''}`)
        }
        if (pushed && pushed.state !== 'done') process.exitCode = 1
      })
    })

  program
    .command('pull')
    .description('fetch a bundle into the workspace’s store, verified')
    .argument('<name>', 'repository:tag or repository@digest')
    .option('--from <registry>', 'name or address of a registry', 'local')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { from: string; workspace: string; json?: boolean }) => {
      await withStudio({ root: workspaceOf(options.workspace), isJson: options.json === true }, async (session) => {
        const [repository = '', reference = 'latest'] = name.includes('@')
          ? name.split('@')
          : name.split(/:(?=[^/:]+$)/)
        const remote = await remoteNamed(session, options.from)
        const { jobId } = await session.studio.registry.pull({ remote, repository, reference })
        const { result } = await session.job(jobId)
        if (session.terminal.isJson) return session.terminal.json({ remote, repository, reference, ...result })
        session.terminal.print(String(result?.digest))
      })
    })
}
