import { Resolver } from 'node:dns/promises'
import { SecretError } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { errnoOf } from '@rekey/secret/internal/files'
import {
  replicaAt,
  type ReplicaAddresses,
  type ReplicaSource,
  type Target,
} from './replica-source.ts'

/** Which records name replicas. */
export type DnsRecordType = 'A' | 'AAAA' | 'SRV'

/** Replicas that are records of one name. */
export interface DnsSourceOptions extends ReplicaAddresses {
  /** The full name that is looked up: no search list is applied. */
  readonly dns: string
  /** Default `SRV`, whose targets have a port. */
  readonly type?: DnsRecordType | undefined
  /** The port of targets of `A` and `AAAA`. */
  readonly port?: number | undefined
  /** The service whose replicas they are. */
  readonly service: string
  /** Name servers to ask: `10.0.0.2`, `10.0.0.2:8600`. Default: those of the machine. */
  readonly servers?: readonly string[] | undefined
  /** How long a server has for an answer before it is asked again, once, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number | undefined
}

const TRIES = 2

const LOOKUPS = new Map<
  DnsRecordType,
  (resolver: Resolver, options: DnsSourceOptions) => Promise<Target[]>
>([
  ['A', async (resolver, { dns, port }) => addresses(await resolver.resolve4(dns), port)],
  ['AAAA', async (resolver, { dns, port }) => addresses(await resolver.resolve6(dns), port)],
  [
    'SRV',
    async (resolver, { dns }) =>
      (await resolver.resolveSrv(dns)).map(({ name, port }) => ({ host: name, port })),
  ],
])

function addresses(hosts: readonly string[], port: number | undefined): Target[] {
  return hosts.map((host) => ({ host, port }))
}

/** By the code of c-ares (Node.js documentation, "dns: Error codes"): the code of ours, and the rest of a sentence. */
const FAILURES = new Map<string, readonly [SecretErrorCode, string]>([
  [
    'ENOTFOUND',
    ['missing', 'is no name that the name server knows: correct it, or start a replica'],
  ],
  ['ENODATA', ['missing', 'has no such records: correct the type, or start a replica']],
  ['EREFUSED', ['forbidden', 'is refused by the name server: ask one that serves this name']],
  ['EBADNAME', ['malformed', 'is no name: correct it']],
  ['ERR_INVALID_IP_ADDRESS', ['malformed', 'has name servers that are no addresses: correct them']],
  ['ETIMEOUT', ['unreachable', 'got no answer in time: check the name server']],
  ['ESERVFAIL', ['unreachable', 'could not be looked up by the name server: see its log']],
])
const OTHER = ['unreachable', 'could not be looked up: check the name server'] as const

/**
 * Creates a source that looks a name up anew for each look, as Prometheus' `dns_sd_configs` do. A name without such records is
 * `missing`, and no answer is `unreachable`: neither is a service without replicas.
 *
 * @throws {SecretError} from the source: `missing` for no such name or no such records, `unreachable` without an answer or for a
 *   server that failed, `forbidden` for one that refuses the question
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#dns_sd_config
 *
 * @example
 * ```ts
 * const place = { dns: '_health._tcp.signing.internal', service: 'signing' }
 * const source = createDnsSource({ ...place, url: 'https://{host}:8443' })
 * ```
 */
export function createDnsSource(options: DnsSourceOptions): ReplicaSource {
  const { dns, type = 'SRV', service: own, servers, timeoutMs = 2_000 } = options
  return async (service, signal) => {
    if (service !== own) return []
    signal?.throwIfAborted()
    const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES })
    const cancel = () => {
      resolver.cancel()
    }
    signal?.addEventListener('abort', cancel)
    try {
      if (servers !== undefined) resolver.setServers(servers)
      const targets = (await LOOKUPS.get(type)?.(resolver, options)) ?? []
      return targets.map((target) =>
        replicaAt(service, target, options, `${target.host} of ${dns}`),
      )
    } catch (error) {
      signal?.throwIfAborted()
      throw dnsFailure(error, `${type} ${dns}`)
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }
}

function dnsFailure(error: unknown, what: string): unknown {
  const errno = errnoOf(error)
  if (error instanceof SecretError || errno === undefined) return error
  const [code, meaning] = FAILURES.get(errno) ?? OTHER
  return new SecretError(code, `${what} ${meaning}`, { reason: errno })
}
