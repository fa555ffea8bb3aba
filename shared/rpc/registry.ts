import { z } from 'zod'
import {
  bundleSchema,
  digestSchema,
  featureSetSchema,
  remoteSchema,
  transferSchema,
  verdictSchema,
} from '../registry/registry'
import { command, defineService, query } from './contract'

export const registryContract = defineService({
  name: 'registry',
  procedures: {
    gates: query({
      summary: 'A run’s gates with verdicts and evidence.',
      input: z.object({ runId: z.string() }),
      output: z.array(verdictSchema),
    }),
    bundle: command({
      summary:
        'Bundle a run into the local store. A run whose gates do not all pass needs `asDraft`, else `gate_failed`.',
      input: z.object({ runId: z.string(), tag: z.string().optional(), asDraft: z.boolean().default(false) }),
      output: bundleSchema,
    }),
    bundles: query({
      summary: 'Bundles of the local store, newest first.',
      input: z.object({}),
      output: z.array(bundleSchema),
    }),
    publishFeatures: command({
      summary:
        'Keep the files of a namespace as a feature set under a version, for imports here, and for registries by `push`.',
      input: z.object({ namespace: z.string(), version: z.string() }),
      output: featureSetSchema,
    }),
    featureSets: query({
      summary: 'Feature sets of the local store.',
      input: z.object({}),
      output: z.array(featureSetSchema),
    }),
    remotes: query({
      summary: 'Registries that this workspace knows.',
      input: z.object({}),
      output: z.array(remoteSchema),
    }),
    addRemote: command({
      summary:
        'Remember a registry (an OCI registry’s URL or a folder). A password goes to the platform’s key store, never into a file of ours.',
      input: z.object({
        name: z.string(),
        url: z.string(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
      output: remoteSchema,
    }),
    removeRemote: command({
      summary: 'Forget a registry.',
      input: z.object({ name: z.string() }),
      output: z.object({}),
    }),
    checkRemote: query({
      summary: 'Ask a registry whether it answers.',
      needs: 'network',
      input: z.object({ name: z.string() }),
      output: remoteSchema,
    }),
    push: command({
      summary:
        'Queue a bundle for a registry. Returns at once; the outbox carries it, now or when the registry answers again.',
      input: z.object({ digest: digestSchema, remote: z.string(), repository: z.string().optional(), tag: z.string() }),
      output: transferSchema,
    }),
    outbox: query({ summary: 'Transfers, newest first.', input: z.object({}), output: z.array(transferSchema) }),
    retry: command({
      summary: 'Try a waiting or blocked transfer now.',
      input: z.object({ id: z.string() }),
      output: transferSchema,
    }),
    cancel: command({
      summary: 'Withdraw a transfer that is not done.',
      input: z.object({ id: z.string() }),
      output: transferSchema,
    }),
    tags: query({
      summary: 'Tags of a repository, sorted.',
      needs: 'network',
      input: z.object({ remote: z.string(), repository: z.string() }),
      output: z.array(z.string()),
    }),
    pull: command({
      summary: 'Fetch a bundle into the local store, verified before it is visible; a job whose result names `digest`.',
      needs: 'network',
      input: z.object({ remote: z.string(), repository: z.string(), reference: z.string() }),
      output: z.object({ jobId: z.string() }),
    }),
    verify: query({
      summary: 'Re-hash the local store.',
      input: z.object({}),
      output: z.object({ blobs: z.number(), bytes: z.number(), damaged: z.array(z.string()) }),
    }),
  },
  events: { transfer: transferSchema, changed: z.object({}) },
})
