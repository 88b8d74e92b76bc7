import type { SecretErrorCode } from '@rekey/secret/internal'
import { expect, it, onTestFinished } from 'vitest'
import { discoverReplicas, type ReplicaSource } from '../../../src/fleet/discovery/index.ts'

/** What a source of the replicas of `signing` reads, as its test writes it. */
export interface SourceWorld extends AsyncDisposable {
  /** Of `https://{host}:8443`, with reports at port 9090. */
  readonly source: ReplicaSource
  /** Publishes the replicas at these addresses, and those of no other. */
  readonly publish: (hosts: readonly string[]) => Promise<void>
  /** Publishes each of the replicas twice. */
  readonly repeat: (hosts: readonly string[]) => Promise<void>
  /** Keeps the source from reading until something is published again. */
  readonly obstruct: () => Promise<void>
  /** The code of the error that follows. */
  readonly obstructed: SecretErrorCode
}

const HOSTS = ['10.0.0.3', '10.0.0.4', '10.0.0.5']

/** Runs what holds for each source of replicas. */
export function describeReplicaSource(open: () => Promise<SourceWorld>): void {
  const openWorld = async () => {
    const world = await open()
    onTestFinished(() => world[Symbol.asyncDispose]())
    return world
  }
  const hostsOf = async (source: ReplicaSource) =>
    (await source('signing')).map(({ url }) => new URL(url).hostname).toSorted()

  it('lists each replica of the service with the addresses of its listeners', async () => {
    const { source, publish } = await openWorld()
    await publish(HOSTS)
    const replicas = await source('signing')
    expect(replicas).toHaveLength(3)
    for (const host of HOSTS) {
      const addresses = { url: `https://${host}:8443`, healthUrl: `http://${host}:9090` }
      expect(replicas).toContainEqual(expect.objectContaining({ service: 'signing', ...addresses }))
    }
  })

  it('lists none for a service that is another', async () => {
    const { source, publish } = await openWorld()
    await publish(HOSTS)
    expect(await source('frontend')).toEqual([])
  })

  it('lists a replica from the next look on after it came, and none that went', async () => {
    const { source, publish } = await openWorld()
    await publish(HOSTS.slice(0, 2))
    expect(await hostsOf(source)).toEqual(HOSTS.slice(0, 2))
    await publish(HOSTS.slice(1))
    expect(await hostsOf(source)).toEqual(HOSTS.slice(1))
  })

  it('is one source with others, in which a replica that is published twice is listed once', async () => {
    const { source, repeat } = await openWorld()
    await repeat(HOSTS)
    const other: ReplicaSource = () =>
      Promise.resolve([{ service: 'signing', url: 'https://a:8443', healthUrl: 'http://a:9090' }])
    expect(await hostsOf(discoverReplicas([source, other]))).toEqual([...HOSTS, 'a'])
  })

  it('that cannot be read is an error, never an empty list, and is read again afterwards', async () => {
    const { source, publish, obstruct, obstructed } = await openWorld()
    await publish(HOSTS)
    await obstruct()
    await expect(source('signing')).rejects.toMatchObject({ code: obstructed })
    await publish(HOSTS)
    expect(await hostsOf(source)).toEqual(HOSTS)
  })

  it('ends a look with the signal', async () => {
    const { source, publish } = await openWorld()
    await publish(HOSTS)
    const reason = new Error('cancelled')
    await expect(source('signing', AbortSignal.abort(reason))).rejects.toBe(reason)
  })
}
