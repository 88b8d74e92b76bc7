/**
 * The tests that each store must pass, for vitest.
 *
 * @module
 */
import {
  Secret,
  SecretError,
  type SecretStore,
  type StagedSecret,
  type VersionOrigin,
} from '@rekey/secret'
import { STAGES } from '@rekey/secret/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { awkwardValues } from './awkward-values.ts'

/** A store opened for one test. */
export interface OpenedStore {
  readonly store: SecretStore
  close(): Promise<void>
}

/** How the suite treats a store. */
export interface ContractOptions {
  /** Whether the store has `watch`. Default true. */
  readonly watches?: boolean
}

/**
 * Registers the tests that every `SecretStore` must pass. `open` is called once for each test and gives an empty store.
 * Registers suites of vitest, so call it at the top of a test file.
 */
export function describeSecretStore(
  name: string,
  open: () => Promise<OpenedStore>,
  { watches = true }: ContractOptions = {},
): void {
  describe(`${name} as a secret store`, () => {
    let opened: OpenedStore
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.close())
    const fixture = () => opened.store
    describeCreating(fixture)
    describeJournals(fixture)
    describeMoving(fixture)
    describeRefusing(fixture)
    describeCompareAndSet(fixture)
    describeValues(fixture)
    if (watches) describeWatching(fixture)
  })
}

/** Creating and reading. */
function describeCreating(fixture: Fixture): void {
  it('reports a missing secret as missing, and as nothing else', async () => {
    await expect(fixture().read(NAME)).rejects.toMatchObject({ code: 'missing' })
  })

  it('creates a secret as its current version', async () => {
    const value = random()
    const created = await fixture().create(NAME, value)
    expect(contents(created)).toEqual({ current: value.expose() })
    expect(await fixture().read(NAME)).toMatchObject({ name: NAME, revision: created.revision })
    expect(contents(await fixture().read(NAME))).toEqual({ current: value.expose() })
  })

  it('reports where each version that it reads came from', async () => {
    await stagedFixture(fixture())
    const { current, pending } = await fixture().read(NAME)
    for (const version of [current, pending]) {
      expect(version?.origin?.kind).toMatch(/^(?:file|environment|memory|store)$/)
    }
  })

  it('does not create a secret twice', async () => {
    const first = await fixture().create(NAME, random())
    await expect(fixture().create(NAME, random())).rejects.toMatchObject({ code: 'conflict' })
    expect(contents(await fixture().read(NAME))).toEqual(contents(first))
  })

  it('keeps secrets apart by their names', async () => {
    const first = await fixture().create(NAME, random())
    const other = await fixture().create(`${NAME}_2`, random())
    await fixture().stage(NAME, random(), first.revision)
    expect((await fixture().read(`${NAME}_2`)).revision).toBe(other.revision)
  })
}

/** The names of journals. */
function describeJournals(fixture: Fixture): void {
  it('R34 keeps the journal of a rotation beside the version that it staged, wherever that moves', async () => {
    const { staged } = await stagedFixture(fixture(), { journal: 'postgres-1' })
    const journals = (found: StagedSecret) => STAGES.map((stage) => found[stage]?.journal)
    const readBack = async () => journals(await fixture().read(NAME))
    expect(journals(staged)).toEqual(['postgres-1', undefined, undefined])
    expect(await readBack()).toEqual(['postgres-1', undefined, undefined])
    const promoted = await fixture().promote(NAME, staged.revision)
    expect(journals(promoted)).toEqual([undefined, 'postgres-1', undefined])
    const revoked = await fixture().revoke(NAME, promoted.revision)
    const next = await fixture().stage(NAME, random(), revoked.revision, { journal: 'store' })
    expect(await readBack()).toEqual(['store', 'postgres-1', undefined])
    const other = await fixture().promote(NAME, next.revision)
    expect(await readBack()).toEqual([undefined, 'store', 'postgres-1'])
    await fixture().rollback(NAME, other.revision)
    expect(await readBack()).toEqual(['store', 'postgres-1', undefined])
  })

  it('refuses a journal whose name cannot be written everywhere', async () => {
    const { revision } = await fixture().create(NAME, random())
    const staged = fixture().stage(NAME, random(), revision, { journal: 'two\nlines' })
    await expect(staged).rejects.toMatchObject({ code: 'malformed' })
  })
}

/** Tests of each write. */
function describeMoving(fixture: Fixture): void {
  it('stages a version beside the current one', async () => {
    const { staged, values } = await stagedFixture(fixture())
    expect(contents(staged)).toEqual({ current: values[0], pending: values[1] })
  })

  it('aborts the pending version', async () => {
    const { staged, values } = await stagedFixture(fixture())
    const aborted = await fixture().abort(NAME, staged.revision)
    expect(contents(aborted)).toEqual({ current: values[0] })
  })

  it('promotes both versions in one write, and they keep their names', async () => {
    const { staged, values } = await stagedFixture(fixture())
    const promoted = await fixture().promote(NAME, staged.revision)
    expect(contents(promoted)).toEqual({ current: values[1], previous: values[0] })
    expect(promoted.current.version).toBe(staged.pending?.version)
    expect(promoted.previous?.version).toBe(staged.current.version)
  })

  it('rolls back to exactly what was there before promote', async () => {
    const { staged } = await stagedFixture(fixture())
    const promoted = await fixture().promote(NAME, staged.revision)
    const rolledBack = await fixture().rollback(NAME, promoted.revision)
    expect(contents(rolledBack)).toEqual(contents(staged))
    expect(versions(rolledBack)).toEqual(versions(staged))
  })

  it('revokes the previous version', async () => {
    const { staged, values } = await stagedFixture(fixture())
    const promoted = await fixture().promote(NAME, staged.revision)
    const revoked = await fixture().revoke(NAME, promoted.revision)
    expect(contents(revoked)).toEqual({ current: values[1] })
    expect(contents(await fixture().read(NAME))).toEqual({ current: values[1] })
  })

  it('aborts and revokes again without harm, so that a rotation can be resumed', async () => {
    const created = await fixture().create(NAME, random())
    const aborted = await fixture().abort(NAME, created.revision)
    const revoked = await fixture().revoke(NAME, aborted.revision)
    expect(contents(revoked)).toEqual(contents(created))
  })
}

/** Tests of the writes that are refused. */
function describeRefusing(fixture: Fixture): void {
  it('does not stage over a pending version', async () => {
    const { staged } = await stagedFixture(fixture())
    const again = fixture().stage(NAME, random(), staged.revision)
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
    expect(contents(await fixture().read(NAME))).toEqual(contents(staged))
  })

  it('does not promote over a previous version that was never revoked', async () => {
    const { staged } = await stagedFixture(fixture())
    const promoted = await fixture().promote(NAME, staged.revision)
    const next = await fixture().stage(NAME, random(), promoted.revision)
    await expect(fixture().promote(NAME, next.revision)).rejects.toMatchObject({ code: 'conflict' })
    await expect(fixture().rollback(NAME, next.revision)).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(contents(await fixture().read(NAME))).toEqual(contents(next))
  })

  it('reports that there is nothing to promote or to roll back to', async () => {
    const { revision } = await fixture().create(NAME, random())
    await expect(fixture().promote(NAME, revision)).rejects.toMatchObject({ code: 'missing' })
    await expect(fixture().rollback(NAME, revision)).rejects.toMatchObject({ code: 'missing' })
  })

  it('refuses an empty value', async () => {
    const empty = fixture().create(NAME, Secret.of('', NAME))
    await expect(empty).rejects.toBeInstanceOf(SecretError)
    await expect(fixture().read(NAME)).rejects.toMatchObject({ code: 'missing' })
  })
}

/** Stale and concurrent writers, and what their errors show. */
function describeCompareAndSet(fixture: Fixture): void {
  const verbs: readonly Verb[] = ['stage', 'abort', 'promote', 'rollback', 'revoke']

  it.each(verbs)('refuses to %s a secret that has changed since it was read', async (verb) => {
    const { staged } = await stagedFixture(fixture())
    const promoted = await fixture().promote(NAME, staged.revision)
    const outcome = act(fixture(), verb, staged.revision)
    await expect(outcome).rejects.toMatchObject({ code: 'conflict' })
    expect(versions(await fixture().read(NAME))).toEqual(versions(promoted))
  })

  it('lets exactly one of 50 writers win', async () => {
    const { revision } = await fixture().create(NAME, random())
    const candidates = Array.from({ length: 50 }, random)
    const outcomes = await Promise.allSettled(
      candidates.map((value) => fixture().stage(NAME, value, revision)),
    )
    const winners = candidates.filter((_, i) => outcomes[i]?.status === 'fulfilled')
    const refusals = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
    expect(winners).toHaveLength(1)
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'conflict' })
    expect((await fixture().read(NAME)).pending?.value.expose()).toBe(winners[0]?.expose())
  })

  it('shows no value in any error', async () => {
    const { staged, values } = await stagedFixture(fixture())
    const promoted = await fixture().promote(NAME, staged.revision)
    const extra = random()
    const failures = await Promise.allSettled([
      fixture().create(NAME, extra),
      fixture().stage(NAME, extra, staged.revision),
      ...verbs.map((verb) => act(fixture(), verb, 'stale', extra)),
      fixture().promote(NAME, promoted.revision),
    ])
    const errors = failures.map((f) => (f.status === 'rejected' ? (f.reason as Error) : undefined))
    expect(errors).not.toContain(undefined)
    for (const value of [...values, extra.expose()]) {
      expect(errors.map((error) => print(error)).join('\n')).not.toContain(value)
    }
  })
}

/** Values that a format is likely to damage. */
function describeValues(fixture: Fixture): void {
  const awkward = awkwardValues()

  it.each(Object.keys(awkward))('gives back a value with %s exactly', async (kind) => {
    const value = Secret.of(awkward[kind] ?? '', NAME)
    const { revision } = await fixture().create(NAME, random())
    const staged = await fixture().stage(NAME, value, revision)
    expect((await fixture().read(NAME)).pending?.value.expose()).toBe(value.expose())
    await fixture().promote(NAME, staged.revision)
    const { current } = await fixture().read(NAME)
    expect(current.value.expose()).toBe(value.expose())
    expect(current.sensitive.map((text) => text.expose())).toContain(value.expose())
  })
}

/** Watching. */
function describeWatching(fixture: Fixture): void {
  it('yields after each change, and ends with its signal', async () => {
    const stop = new AbortController()
    let staged = await fixture().create(NAME, random())
    await fixture().read(NAME)
    const changes = fixture().watch?.(NAME, stop.signal)[Symbol.asyncIterator]()
    for (const verb of ['stage', 'promote', 'rollback', 'promote', 'revoke'] as const) {
      staged = await act(fixture(), verb, staged.revision)
      const change = await withDeadline(changes?.next())
      expect(change?.value).toMatchObject({ revision: staged.revision })
    }
    const end = changes?.next()
    stop.abort()
    expect(await withDeadline(end)).toMatchObject({ done: true })
  })

  it('does not lose a change made between a read and the watch', async () => {
    const { revision } = await fixture().create(NAME, random())
    await fixture().read(NAME)
    const staged = await fixture().stage(NAME, random(), revision)
    const stop = new AbortController()
    const changes = fixture().watch?.(NAME, stop.signal)[Symbol.asyncIterator]()
    const change = await withDeadline(changes?.next())
    stop.abort()
    expect(change?.value).toMatchObject({ revision: staged.revision })
  })
}

function print(error: unknown): string {
  return `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String(error)}`
}

/** The store of the running test. */
type Fixture = () => SecretStore

/** The writes that name a revision. */
type Verb = 'stage' | 'abort' | 'promote' | 'rollback' | 'revoke'

/** The secret of the suite. */
const NAME = 'API_KEY_FRONTEND_SIGNING'

const CHANGE_MS = 15_000

/** A secret with a current and a pending version. */
async function stagedFixture(store: SecretStore, origin?: VersionOrigin) {
  const values = [random(), random()] as const
  const created = await store.create(NAME, values[0])
  const staged = await store.stage(NAME, values[1], created.revision, origin)
  return { staged, values: values.map((value) => value.expose()) }
}

/** Does `verb` to the secret of the suite; `value` is what `stage` stages. */
function act(store: SecretStore, verb: Verb, expected: string, value = random()) {
  return verb === 'stage' ? store.stage(NAME, value, expected) : store[verb](NAME, expected)
}

/** A fresh random value. */
function random(): Secret {
  return Secret.of(randomBytes(32).toString('base64url'), NAME)
}

/** The values by stage. */
export function contents(staged: StagedSecret): Record<string, string | undefined> {
  return Object.fromEntries(
    STAGES.filter((s) => staged[s]).map((s) => [s, staged[s]?.value.expose()]),
  )
}

/** The versions by stage. */
function versions(staged: StagedSecret): Record<string, string | undefined> {
  return Object.fromEntries(STAGES.map((stage) => [stage, staged[stage]?.version]))
}

/** Fails if a change is not seen in 15 s. */
function withDeadline<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  const late = new Promise<undefined>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('no change was seen in time'))
    }, CHANGE_MS)
    timer.unref()
  })
  return Promise.race([Promise.resolve(work), late])
}
