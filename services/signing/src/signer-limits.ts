import { isIP } from 'node:net'
import type { SignerLimits } from '@rekey/ca-keystore/signer'
import type { ServerNamePolicy } from './server-names.ts'

/** Of services that are not in production, which the routes decide. */
const LOOPBACK = ['dns:localhost', 'ip:127.*', 'ip:::1']
/** Persons have an address and the URI of their identity provider. */
const PERSONS = ['email:*', 'uri:*']

/**
 * The limits of the signer process: what the routes order and no more, so that a service that was taken over can order no certificate of another host.
 *
 * @param perDay certificates of each profile in 24 hours
 */
export function signerLimits(perDay: number, names: ServerNamePolicy['names']): SignerLimits {
  const hosts = Object.entries(names).flatMap(([service, names]) => [service, ...names])
  const named = hosts.map((name) => `${isIP(name) === 0 ? 'dns' : 'ip'}:${name}`)
  return {
    certificatesPerDay: { client: perDay, server: perDay, service: perDay },
    names: {
      client: PERSONS,
      server: [],
      service: [...named, ...LOOPBACK],
    },
  }
}
