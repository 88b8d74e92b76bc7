import { SecretError } from '@rekey/secret'
import { singleFlight } from '@rekey/secret/internal'
import { objectOf, vaultError } from '../http/vault-answer.ts'
import { trimSlashes, type VaultConnection } from '../http/vault-client.ts'
import { encodePath, type KvMount, type KvPlace } from './kv-path.ts'

/** Finds the mount of a path, once for all who ask. */
export interface KvLocator {
  locate(): Promise<KvPlace>
  /** Finds it anew next time. */
  forget(): void
  /** The place that was found last; before that the first segment as a mount of version 2, the most common one. */
  readonly best: KvPlace
}

/**
 * Vault knows which part of a path is the mount, and the version of the engine there; neither can be guessed, since mounts
 * may hold slashes. Any token may ask that has a right to anything in the mount (`sys/internal/ui/mounts`).
 *
 * @throws {SecretError} `malformed` for a path that is none, or that is not in the `given` mount
 */
export function createKvLocator(
  connection: VaultConnection,
  path: string,
  given: KvMount | undefined,
): KvLocator {
  const whole = checkedPath(path)
  let found = given && placeIn(given, whole)
  const find = singleFlight(async () => {
    found = placeIn(await findMount(connection, whole), whole)
    return found
  })
  return {
    locate: async () => found ?? find(),
    forget() {
      if (given === undefined) found = undefined
    },
    get best() {
      return found ?? placeIn({ path: whole.split('/', 1).join(''), version: 2 }, whole)
    },
  }
}

async function findMount(connection: VaultConnection, path: string): Promise<KvMount> {
  const asked = `sys/internal/ui/mounts/${encodePath(path)}`
  const { data = {} } = await connection.request({ method: 'GET', path: asked })
  const { path: mountPath, type, options } = data
  const isKv = type === 'kv' || type === 'generic'
  if (typeof mountPath !== 'string' || !isKv) throw vaultError('wrong-path', `GET ${asked}`)
  const version = objectOf(options)?.['version'] === '2' ? 2 : 1
  return { path: trimSlashes(mountPath), version }
}

function placeIn(mount: KvMount, path: string): KvPlace {
  const mountPath = trimSlashes(mount.path)
  if (path !== mountPath && !path.startsWith(`${mountPath}/`)) {
    throw new SecretError('malformed', `${path} is not in the mount ${mountPath}: correct the path`)
  }
  const prefix = trimSlashes(path.slice(mountPath.length))
  return { mount: { ...mount, path: mountPath }, prefix }
}

function checkedPath(path: string): string {
  const whole = trimSlashes(path)
  if (!whole.split('/').some((part) => ['', '.', '..'].includes(part))) return whole
  throw new SecretError(
    'malformed',
    'a path in Vault is MOUNT/PREFIX, without empty or dotted parts: correct it',
  )
}
