/**
 * Commands that code lenses name. An editor carries them out itself: the studio’s does, another binds them to what it has (a terminal
 * with `proml train`, its own list of references).
 */
export const trainCommand = 'proml.train'
export const previewCommand = 'proml.preview'
export const showUsersCommand = 'proml.showUsers'

/** The argument of `proml.train` and `proml.preview`. */
export interface RunArgument {
  readonly uri: string
  /** Workspace-relative, as `proml train` takes it. */
  readonly path: string
  readonly namespace: string
  /** Null where a feature is to be looked at that no model uses. */
  readonly model: string | null
  readonly feature: string | null
}
