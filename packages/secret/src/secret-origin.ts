/** Where a source read a version of a secret from. Says nothing of the value. */
export type SecretOrigin =
  | FileOrigin
  /** A variable of this process's environment. */
  | { readonly kind: 'environment' }
  /** Made by this process, or held in its memory alone. */
  | { readonly kind: 'memory' }
  /** A store reached over the network: `vault`, `aws`, `kubernetes`. */
  | { readonly kind: 'store'; readonly store: string }

/** A file, with what its hard links and bind mounts have in common. */
export interface FileOrigin {
  readonly kind: 'file'
  /** Absolute, as the source was given it; its symbolic links are not resolved. */
  readonly path: string
  /** `st_dev` of the descriptor that was read, in decimal: it can exceed what a number holds exactly. */
  readonly device: string
  /** `st_ino`, likewise. */
  readonly inode: string
}
