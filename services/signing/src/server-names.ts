import { BlockList, isIP } from 'node:net'
import type { SubjectAltName } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'

/** Which names the servers of a caller may have. */
export interface ServerNamePolicy {
  /** By caller, beside the caller's own name; in lower case. */
  readonly names: Readonly<Record<string, readonly string[]>>
  /** Whether servers may be called by loopback addresses and `localhost`. Never in production. */
  readonly allowLoopback: boolean
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * The alternative names of the certificate of `caller`, in lower case and each once, its own name first.
 *
 * @throws {SecretError} `refused` if one is not the caller's
 */
export function grantServerNames(
  caller: string,
  asked: readonly string[],
  policy: ServerNamePolicy,
): SubjectAltName[] {
  const own = [caller, ...(policy.names[caller] ?? [])]
  const lower = asked.map((name) => name.toLowerCase())
  lower.forEach((name, index) => {
    if (isLoopback(name) ? policy.allowLoopback : own.includes(name)) return
    const which = `name ${index + 1} of the request is not a name of ${caller}`
    throw new SecretError(
      'refused',
      `${which}; allow it in the settings of signing, or leave it out`,
    )
  })
  // Without its own name a service could not renew what it gets here.
  return [...new Set([caller, ...lower])].map((value) => ({
    kind: isIP(value) === 0 ? 'dns' : 'ip',
    value,
  }))
}

function isLoopback(name: string): boolean {
  if (name === 'localhost') return true
  const family = isIP(name)
  return family !== 0 && LOOPBACK.check(name, family === 4 ? 'ipv4' : 'ipv6')
}
