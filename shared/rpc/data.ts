import { z } from 'zod'
import { badRowsSchema } from '../data/csv'
import { columnLinkSchema } from '../data/link'
import { columnProfileSchema, tableSchemaSchema } from '../data/profile'
import { command, defineService, query } from './contract'

const path = z.string().min(1)

export const filterSchema = z.object({
  column: z.string(),
  operator: z.enum(['=', '!=', '<', '<=', '>', '>=', 'contains', 'is null', 'is not null']),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
})
export type Filter = z.infer<typeof filterSchema>

export const dataContract = defineService({
  name: 'data',
  procedures: {
    schema: query({
      summary:
        'Columns, types and size of a table: a path of a file, or a reference such as `sqlite:data/shop.db?table=orders`.',
      input: z.object({ path }),
      output: tableSchemaSchema,
    }),
    page: query({
      summary:
        'A window of rows as one Arrow IPC stream (times as timestamps in ms UTC, 64-bit integers as int64), with the total after filters.',
      input: z.object({
        path,
        offset: z.number().int().min(0),
        limit: z.number().int().min(1).max(10_000),
        columns: z.array(z.string()).optional(),
        sort: z.object({ column: z.string(), isDescending: z.boolean() }).nullable().default(null),
        filters: z.array(filterSchema).default([]),
      }),
      output: z.object({
        arrow: z.instanceof(Uint8Array),
        offset: z.number(),
        rows: z.number(),
        totalRows: z.number(),
      }),
    }),
    profile: query({
      summary:
        'The profile of one column; ask column by column, so that the first is there at once. It says which figures are estimates.',
      input: z.object({ path, column: z.string(), filters: z.array(filterSchema).default([]) }),
      output: columnProfileSchema,
    }),
    profiles: query({
      summary:
        'The profiles of several columns, in their order: many columns of few rows take little longer than one. Ask for some at a time, so that the first are there soon.',
      input: z.object({
        path,
        columns: z.array(z.string()).min(1).max(500),
        filters: z.array(filterSchema).default([]),
      }),
      output: z.object({ profiles: z.array(columnProfileSchema) }),
    }),
    link: query({
      summary:
        'How a column goes with another: Pearson’s and Spearman’s correlation of numbers, Cramér’s V and mutual information where texts are among them. Exact up to 1 M rows.',
      input: z.object({ path, column: z.string(), label: z.string(), filters: z.array(filterSchema).default([]) }),
      output: columnLinkSchema,
    }),
    badRows: query({
      summary:
        'Lines of a CSV that are no rows of it: all counted, the first described. Read it without them by a reference such as `csv:data/old.csv?bad_rows=skip`.',
      input: z.object({ path, limit: z.number().int().min(1).max(1000).default(100) }),
      output: badRowsSchema,
    }),
    tables: query({
      summary: 'Tables and views of a SQLite database.',
      input: z.object({ path }),
      output: z.object({ tables: z.array(z.string()) }),
    }),
    refresh: command({
      summary: 'Read what lies outside the workspace anew; what was read before serves where it does not answer.',
      input: z.object({ path }),
      output: tableSchemaSchema,
      needs: 'network',
    }),
    setSecret: command({
      summary: 'Keep the value that `secret("name")` of a source stands for in the key store; an empty one removes it.',
      input: z.object({ name: z.string().min(1).max(200), value: z.string().max(10_000) }),
      output: z.object({ isDurable: z.boolean() }),
    }),
    convert: command({
      summary: 'Write a file’s rows as CSV or Parquet (formula-like CSV cells are quoted).',
      input: z.object({ path, output: path, filters: z.array(filterSchema).default([]) }),
      output: z.object({ path: z.string(), rows: z.number() }),
    }),
    engine: query({
      summary: 'State of the DuckDB process.',
      input: z.object({}),
      output: z.object({
        state: z.enum(['idle', 'busy', 'starting', 'stopped']),
        version: z.string().nullable(),
        restarts: z.number(),
        pid: z.number().nullable(),
      }),
    }),
  },
  events: { engineChanged: z.object({ state: z.enum(['idle', 'busy', 'starting', 'stopped']) }) },
})
