import { createFakeClock, SecretError } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { createFleet } from '../../engine/index.ts'
import { discoverReplicas, type ReplicaSource } from './index.ts'

const replica = (host: string, id?: string): Replica => ({
  ...{ service: 'signing', url: `https://${host}:8443`, healthUrl: `http://${host}:9090` },
  ...(id !== undefined && { id }),
})
const listing =
  (...replicas: Replica[]): ReplicaSource =>
  () =>
    Promise.resolve(replicas)

/** Fails as often, then lists. */
function failing(times: number, code: 'unreachable' | 'malformed' | 'missing') {
  let calls = 0
  const source: ReplicaSource = () => {
    calls += 1
    if (calls <= times) return Promise.reject(new SecretError(code, 'not now'))
    return Promise.resolve([replica('a')])
  }
  return { source, calls: () => calls }
}

it('lists a replica once that two sources list, by its id, else by the address of its reports', async () => {
  const source = discoverReplicas([
    listing(replica('a'), replica('10.0.0.3', 'pod-1')),
    listing(replica('a'), replica('[2001:db8::3]', 'pod-1'), replica('10.0.0.3', 'pod-2')),
  ])
  expect(await source('signing')).toEqual([
    replica('a'),
    replica('10.0.0.3', 'pod-1'),
    replica('10.0.0.3', 'pod-2'),
  ])
})

it.each(['unreachable', 'malformed'] as const)(
  'tries a source again that is %s, and counts it as empty at no time',
  async (code) => {
    const clock = createFakeClock()
    const { source, calls } = failing(2, code)
    const listed = discoverReplicas([source], { clock })('signing')
    while (calls() < 3) await clock.advance(100)
    expect(await listed).toEqual([replica('a')])
  },
)

it('throws what the source throws: at once if it is definite, else once it was tried for long enough', async () => {
  const clock = createFakeClock()
  const missing = failing(1, 'missing')
  const source = discoverReplicas([missing.source], { clock })
  await expect(source('signing')).rejects.toMatchObject({ code: 'missing' })
  expect(missing.calls()).toBe(1)
  const down = failing(Infinity, 'unreachable')
  const listed = discoverReplicas([down.source], { clock, retryMs: 2_000 })('signing')
  const outcome = expect(listed).rejects.toMatchObject({ code: 'unreachable' })
  for (let ms = 0; ms < 4_000; ms += 100) await clock.advance(100)
  await outcome
  expect(down.calls()).toBeGreaterThan(2)
})

it('has a fleet wait for a service of which no source lists a replica yet', async () => {
  const fleet = createFleet(discoverReplicas([listing()]))
  await expect(fleet.replicas('signing')).rejects.toMatchObject({ code: 'unreachable' })
})
