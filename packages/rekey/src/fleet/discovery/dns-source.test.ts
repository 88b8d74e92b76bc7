import type { Answer } from 'dns-packet'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDnsSource, type DnsSourceOptions } from './index.ts'
import { openNameServer } from '../../../test/fleet/discovery/name-server.support.ts'
import {
  describeReplicaSource,
  type SourceWorld,
} from '../../../test/fleet/discovery/source-contract.support.ts'

const NAME = 'signing.internal'
const LONG_MS = 600_000
const URL_OF_CALLERS = 'https://{host}:8443'

const recordOf = (host: string): Answer => ({ type: 'A', name: NAME, data: host, ttl: 0 })
const serviceRecordOf = (target: string, port = 9090): Answer => {
  return { type: 'SRV', name: NAME, data: { target, port }, ttl: 0 }
}

const WORLDS = [
  { type: 'A', record: recordOf, port: 9090 },
  { type: 'SRV', record: serviceRecordOf, port: undefined },
] as const

async function openSource(options: Partial<DnsSourceOptions> = {}) {
  const server = await openNameServer()
  const place = { dns: NAME, service: 'signing', url: URL_OF_CALLERS }
  const source = createDnsSource({
    ...place,
    servers: [server.address],
    timeoutMs: 500,
    ...options,
  })
  return { server, source }
}

async function openForTest(options?: Partial<DnsSourceOptions>) {
  const opened = await openSource(options)
  onTestFinished(() => opened.server[Symbol.asyncDispose]())
  return opened
}

describe.each(WORLDS)('replicas that are records of type $type', ({ type, record, port }) => {
  describeReplicaSource(async (): Promise<SourceWorld> => {
    const { server, source } = await openSource({ type, port })
    const publish = (hosts: readonly string[]) => {
      server.fault = undefined
      server.records = hosts.map((host) => record(host))
      return Promise.resolve()
    }
    return {
      source,
      publish,
      repeat: (hosts) => publish([...hosts, ...hosts]),
      obstruct: () => {
        server.fault = 'SERVFAIL'
        return Promise.resolve()
      },
      obstructed: 'unreachable',
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  })
})

describe('a look into the DNS', () => {
  it('takes the port of each SRV record, for any address', async () => {
    const { server, source } = await openForTest({
      url: 'https://{host}:{port}',
      healthUrl: 'http://{host}:9091',
    })
    server.records = [serviceRecordOf('a.internal', 8443), serviceRecordOf('a.internal', 8444)]
    const urls = (await source('signing')).map(({ url }) => url).toSorted()
    expect(urls).toEqual(['https://a.internal:8443', 'https://a.internal:8444'])
  })

  it('puts addresses of IPv6 in brackets', async () => {
    const { server, source } = await openForTest({ type: 'AAAA', port: 9090 })
    server.records = [{ type: 'AAAA', name: NAME, data: '2001:db8::3', ttl: 0 }]
    const [url, healthUrl] = ['https://[2001:db8::3]:8443', 'http://[2001:db8::3]:9090']
    expect(await source('signing')).toEqual([{ service: 'signing', url, healthUrl }])
  })

  it('finds a fleet that is too large for one datagram', async () => {
    const { server, source } = await openForTest({ type: 'A', port: 9090 })
    const hosts = Array.from({ length: 1_000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`)
    server.records = hosts.map(recordOf)
    const found = (await source('signing')).map(({ healthUrl }) => new URL(healthUrl).hostname)
    expect(found.toSorted()).toEqual(hosts.toSorted())
    expect(server.overTcp()).toBe(1)
  })

  it.each([
    ['NXDOMAIN', 'missing', 'ENOTFOUND'],
    ['SERVFAIL', 'unreachable', 'ESERVFAIL'],
    ['REFUSED', 'forbidden', 'EREFUSED'],
    ['silent', 'unreachable', 'ETIMEOUT'],
  ] as const)('keeps %s apart from a service without replicas: %s', async (fault, code, reason) => {
    const { server, source } = await openForTest(fault === 'silent' ? { timeoutMs: 50 } : {})
    server.fault = fault
    await expect(source('signing')).rejects.toMatchObject({ code, details: { reason } })
  })

  it('of a name that has records of another type is missing, which is an error', async () => {
    const { server, source } = await openForTest({ type: 'SRV' })
    server.records = [recordOf('10.0.0.3')]
    const failure = { code: 'missing', details: { reason: 'ENODATA' } }
    await expect(source('signing')).rejects.toMatchObject(failure)
  })

  it('with a name server that is no address is malformed', async () => {
    const { source } = await openForTest({ servers: ['ns.internal'] })
    await expect(source('signing')).rejects.toMatchObject({ code: 'malformed' })
  })

  it('is given up with the signal while no server answers', async () => {
    const { server, source } = await openForTest({ timeoutMs: LONG_MS })
    server.fault = 'silent'
    const [stop, reason] = [new AbortController(), new Error('cancelled')]
    const look = source('signing', stop.signal)
    stop.abort(reason)
    await expect(look).rejects.toBe(reason)
  })
})
