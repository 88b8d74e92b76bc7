// @lane servers
import type { SecretStore, StagedSecret } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { contents } from '../contract.ts'
import { createMemoryStore } from '../memory-store.ts'
import {
  found,
  NAME,
  openStore,
  random,
  useAwsServer,
} from '../../../test/store/aws/aws.support.ts'
import { type Fault, openFaultProxy } from '../../../test/store/aws/fault-proxy.support.ts'

const WRITES = ['CreateSecret', 'PutSecretValue', 'UpdateSecretVersionStage']

type Verb = 'stage' | 'abort' | 'promote' | 'rollback' | 'revoke'

/** The shortest way to a state, and the write that is interrupted in it. */
const CASES: readonly { verb: Verb; after: readonly Verb[] }[] = [
  { verb: 'stage', after: [] },
  { verb: 'stage', after: ['stage', 'abort'] },
  { verb: 'abort', after: ['stage'] },
  { verb: 'abort', after: ['stage', 'promote', 'rollback'] },
  { verb: 'promote', after: ['stage'] },
  { verb: 'promote', after: ['stage', 'promote', 'rollback'] },
  { verb: 'rollback', after: ['stage', 'promote'] },
  { verb: 'rollback', after: ['stage', 'promote', 'rollback', 'promote'] },
  { verb: 'revoke', after: ['stage', 'promote'] },
  { verb: 'revoke', after: ['stage', 'promote', 'rollback', 'promote'] },
]

async function act(store: SecretStore, verb: Verb, { revision }: StagedSecret) {
  return verb === 'stage' ? store.stage(NAME, random(), revision) : store[verb](NAME, revision)
}

describe.runIf(found)('a writer that dies', { timeout: 60_000 }, () => {
  const server = useAwsServer()

  describe.each(CASES)('in $verb, after $after', ({ verb, after }) => {
    it.each(['cut', 'lose'] as const)(
      'leaves what was before or what comes after, wherever a request is %s, and another writer goes on',
      async (fault) => {
        for (let allowed = 0; ; allowed += 1) {
          const outcome = await interrupt({ verb, after, fault, allowed })
          expect(outcome.stateAfter, `after ${allowed} writes`).toBeOneOf([
            outcome.before,
            outcome.wanted,
          ])
          expect(outcome.resumed).toEqual(outcome.wanted)
          if (!outcome.died) break
          expect(allowed).toBeLessThan(4)
        }
      },
    )
  })

  /** Lets `allowed` writes pass, and then none: what is there then, and after a second writer did the same. */
  async function interrupt(fixture: {
    verb: Verb
    after: readonly Verb[]
    fault: Fault
    allowed: number
  }) {
    const { verb, after, fault, allowed } = fixture
    const { store, prefix } = await openStore(server())
    let staged = await store.create(NAME, random())
    for (const step of after) staged = await act(store, step, staged)
    const proxy = await openFaultProxy(server().endpoint)
    const dying = await openStore(server(), { prefix, endpoint: proxy.endpoint })
    await dying.store.read(NAME)
    let left = allowed
    proxy.decide = (operation) => {
      if (!WRITES.includes(operation)) return left < 0 ? 'cut' : 'pass'
      left -= 1
      return left < 0 ? fault : 'pass'
    }
    const [died] = await Promise.allSettled([act(dying.store, verb, staged)])
    const { store: next } = await openStore(server(), { prefix })
    const between = await next.read(NAME)
    const isDone = between.revision !== staged.revision
    const resumed = isDone ? between : await act(next, verb, between)
    expect((await next.read(NAME)).revision).toBe(resumed.revision)
    const shape = (state: StagedSecret) => stagesOf(state, staged)
    return {
      died: died.status === 'rejected',
      before: shape(staged),
      wanted: shape(await expected(staged, verb)),
      stateAfter: shape(between),
      resumed: shape(resumed),
    }
  }

  /** What the same write makes of the same state in memory. */
  async function expected(before: StagedSecret, verb: Verb): Promise<StagedSecret> {
    const store = createMemoryStore()
    const values = before
    let model = await store.create(NAME, (values.previous ?? values.current).value)
    if (values.previous) {
      model = await store.stage(NAME, values.current.value, model.revision)
      model = await store.promote(NAME, model.revision)
    }
    if (values.pending) model = await store.stage(NAME, values.pending.value, model.revision)
    return act(store, verb, model)
  }
})

/** The stages, where a value that was not there before is only `new`. */
function stagesOf(state: StagedSecret, before: StagedSecret): Record<string, string> {
  const known = new Set(Object.values(contents(before)))
  const entries = Object.entries(contents(state))
  return Object.fromEntries(
    entries.map(([stage, value]) => [
      stage,
      value !== undefined && known.has(value) ? value : 'new',
    ]),
  )
}
