import { SecretError } from '@rekey/secret'
import { checkSecretName } from '../../stored-stages.ts'
import { type KvMount, kvPath } from './kv-path.ts'

/** Whom {@link vaultPolicyFor} writes a policy for. */
export interface VaultPolicyOptions {
  /** The KV engine. */
  readonly mount: KvMount
  /** The path below the mount. */
  readonly prefix: string
  /** Secrets that are read. */
  readonly read?: readonly string[]
  /** Secrets that are rotated: created, read and written. */
  readonly rotate?: readonly string[]
  /** Paths of lent logins: `database/creds/frontend`. They are read, and given back. */
  readonly borrow?: readonly string[]
}

/** In Vault's policies these stand for anything. */
const GLOB = /[*+]/

/**
 * The least that a token must be allowed, as the HCL of a Vault policy. Metadata holds no value, and is what a watch asks
 * for; which mount a path is in, any token of the mount may ask.
 *
 * @throws {SecretError} `malformed` for a bad name, or a path that a policy would read as a pattern
 */
export function vaultPolicyFor(options: VaultPolicyOptions): string {
  const { read = [], rotate = [], borrow = [] } = options
  const readOnly = read.filter((name) => !rotate.includes(name))
  return [
    ...readOnly.flatMap((name) => rulesFor(options, name, ['read'])),
    ...rotate.flatMap((name) => rulesFor(options, name, ['create', 'read', 'update'])),
    ...borrow.map((path) => rule(path, ['read'])),
    ...(borrow.length > 0 ? [rule('sys/leases/revoke', ['update'])] : []),
  ].join('\n')
}

function rulesFor(
  { mount, prefix }: VaultPolicyOptions,
  name: string,
  capabilities: readonly string[],
): string[] {
  checkSecretName(name)
  const place = { mount, prefix }
  const rules = [rule(kvPath(place, 'data', name), capabilities)]
  return mount.version === 1 ? rules : [...rules, rule(kvPath(place, 'metadata', name), ['read'])]
}

function rule(encodedPath: string, capabilities: readonly string[]): string {
  const path = decodeURIComponent(encodedPath)
  if (GLOB.test(path)) {
    throw new SecretError(
      'malformed',
      'a path with * or + cannot be named in a Vault policy: rename it',
    )
  }
  return `path ${JSON.stringify(path)} { capabilities = ${JSON.stringify(capabilities)} }`
}
