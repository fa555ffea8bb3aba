import { StudioError } from '@shared/errors'
import { type OwnDatabase, openOrRemake } from '../../workspace/ownDatabase'

/** Each entry brings the file one version further; never edit one that was released. */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE artifact (
    digest TEXT PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL,
    created_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE ref (
    name TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL REFERENCES artifact (digest), updated_at INTEGER NOT NULL,
    PRIMARY KEY (name, tag)
  ) STRICT;
  CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    remote TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'blocked', 'done', 'cancelled')),
    bytes_total INTEGER NOT NULL, bytes_sent INTEGER NOT NULL DEFAULT 0, bytes_skipped INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER, reason TEXT, hint TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, runner TEXT
  ) STRICT;
  CREATE INDEX outbox_state ON outbox (state);
  CREATE TABLE upload (
    target TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
    location TEXT NOT NULL, acknowledged INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (target, repository, digest)
  ) STRICT;
  CREATE TABLE capability (target TEXT PRIMARY KEY, has_chunks INTEGER NOT NULL) STRICT;
  `,
]

/** `state.db`. Losing it costs at most a repeated upload; so nothing stands in it alone that cannot be made again. */
export const openStateDatabase = (path: string): OwnDatabase =>
  openOrRemake(path, (database, version) => {
    if (version > migrations.length)
      throw new StudioError('not_supported', 'This workspace was last used with a newer Pro-ML Studio.', {
        hint: 'Update Pro-ML Studio, or move `.proml/state.db` away: what it holds is made again.',
      })
    for (const migration of migrations.slice(version)) database.exec(migration)
    database.prepare('PRAGMA quick_check').all()
    return migrations.length
  })
