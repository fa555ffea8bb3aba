import { StudioError } from '@shared/errors'
import type { ProgramText } from '@shared/language/server/programs'
import {
  type FeatureSetReply,
  featureSetRequest,
  type ProfileReply,
  profileRequest,
  programsRequest,
  type SchemaReply,
  schemaRequest,
  stampRequest,
} from '@shared/language/server/protocol'
import { startLanguageServer } from '@shared/language/server/server'
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser'

const scope = self as unknown as DedicatedWorkerGlobalScope
const connection = createConnection(new BrowserMessageReader(scope), new BrowserMessageWriter(scope))

startLanguageServer(connection, {
  rootUri: 'file:///',
  schemaOf: async (path) => {
    const reply = await connection.sendRequest<SchemaReply>(schemaRequest, { path })
    if ('failed' in reply) throw StudioError.fromData(reply.failed)
    return reply.schema
  },
  featureSet: async (reference) => {
    const reply = await connection.sendRequest<FeatureSetReply>(featureSetRequest, { reference })
    if ('failed' in reply) throw new Error(reply.failed)
    return reply.files
  },
  statistics: {
    stampOf: (path) => connection.sendRequest<string>(stampRequest, { path }),
    profileOf: async (path, column) => {
      const reply = await connection.sendRequest<ProfileReply>(profileRequest, { path, column })
      if ('failed' in reply) throw new Error(reply.failed)
      return reply.profile
    },
  },
  programs: () => connection.sendRequest<ProgramText[]>(programsRequest),
})
