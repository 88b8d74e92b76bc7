// Apart from the locator, because policies are written where node-vault is not installed.
/** Where a KV secrets engine is mounted. */
export interface KvMount {
  /** Without slashes at its ends: `secret`, `team/kv`. */
  readonly path: string
  readonly version: 1 | 2
}

/** A place inside a mount. */
export interface KvPlace {
  readonly mount: KvMount
  /** The rest of the path, `''` at the root of the mount. */
  readonly prefix: string
}

/** The API path of a document, or of what Vault knows about it; without a name, of the folder. */
export function kvPath(place: KvPlace, area: 'data' | 'metadata', name = ''): string {
  const { mount, prefix } = place
  const middle = mount.version === 2 ? area : ''
  return [mount.path, middle, prefix, name].filter(Boolean).map(encodePath).join('/')
}

/** Encodes each part of a path for a URL. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
