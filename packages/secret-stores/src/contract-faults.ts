import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import {
  act,
  NAME,
  random,
  type Scene,
  stagedScene,
  type Verb,
  versions,
  withDeadline,
} from './contract-scene.ts'

/** Stale and concurrent writers, and what their errors show. */
export function describeCompareAndSet(scene: Scene): void {
  const verbs: readonly Verb[] = ['stage', 'discard', 'promote', 'rollback', 'revoke']

  it.each(verbs)('refuses to %s a secret that has changed since it was read', async (verb) => {
    const { staged } = await stagedScene(scene())
    const promoted = await scene().promote(NAME, staged.revision)
    const outcome = act(scene(), verb, staged.revision)
    await expect(outcome).rejects.toMatchObject({ code: 'conflict' })
    expect(versions(await scene().read(NAME))).toEqual(versions(promoted))
  })

  it('lets exactly one of 50 writers win', async () => {
    const { revision } = await scene().create(NAME, random())
    const candidates = Array.from({ length: 50 }, random)
    const outcomes = await Promise.allSettled(
      candidates.map((value) => scene().stage(NAME, value, revision)),
    )
    const winners = candidates.filter((_, i) => outcomes[i]?.status === 'fulfilled')
    const refusals = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
    expect(winners).toHaveLength(1)
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'conflict' })
    expect((await scene().read(NAME)).pending?.value.expose()).toBe(winners[0]?.expose())
  })

  it('shows no value in any error', async () => {
    const { staged, values } = await stagedScene(scene())
    const promoted = await scene().promote(NAME, staged.revision)
    const extra = random()
    const failures = await Promise.allSettled([
      scene().create(NAME, extra),
      scene().stage(NAME, extra, staged.revision),
      ...verbs.map((verb) => act(scene(), verb, 'stale', extra)),
      scene().promote(NAME, promoted.revision),
    ])
    const errors = failures.map((f) => (f.status === 'rejected' ? (f.reason as Error) : undefined))
    expect(errors).not.toContain(undefined)
    for (const value of [...values, extra.expose()]) {
      expect(errors.map((error) => print(error)).join('\n')).not.toContain(value)
    }
  })
}

/** Values that a format is likely to damage. */
export function describeValues(scene: Scene): void {
  const noise = randomBytes(24).toString('base64url')
  const awkward: Record<string, string> = {
    spaces: `  ${noise} ${noise}  `,
    'single quotes': `'${noise}'`,
    'double quotes': `"${noise}"`,
    'single and double quotes': `${noise}'"${noise}`,
    dollars: `$${noise}\${HOME}$(id)`,
    hashes: `#${noise} #${noise}#`,
    'equal signs': `=${noise}=`,
    backslashes: `\\${noise}\\n\\`,
    'a PEM-like text': `-----BEGIN ${noise}-----\n${noise}\n-----END ${noise}-----\n`,
    unicode: `${noise}é漢🔑\u00a0\u2028`,
    'all bytes in base64': Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64'),
    '16 KiB': randomBytes(8_192).toString('hex'),
  }

  it.each(Object.keys(awkward))('gives back a value with %s exactly', async (kind) => {
    const value = Secret.of(awkward[kind] ?? '', NAME)
    const { revision } = await scene().create(NAME, random())
    const staged = await scene().stage(NAME, value, revision)
    expect((await scene().read(NAME)).pending?.value.expose()).toBe(value.expose())
    await scene().promote(NAME, staged.revision)
    const { current } = await scene().read(NAME)
    expect(current.value.expose()).toBe(value.expose())
    expect(current.sensitive.map((text) => text.expose())).toContain(value.expose())
  })
}

/** Watching. */
export function describeWatching(scene: Scene): void {
  it('yields after each change, and ends with its signal', async () => {
    const stop = new AbortController()
    let staged = await scene().create(NAME, random())
    await scene().read(NAME)
    const changes = scene().watch?.(NAME, stop.signal)[Symbol.asyncIterator]()
    for (const verb of ['stage', 'promote', 'rollback', 'promote', 'revoke'] as const) {
      staged = await act(scene(), verb, staged.revision)
      const change = await withDeadline(changes?.next())
      expect(change?.value).toMatchObject({ revision: staged.revision })
    }
    const end = changes?.next()
    stop.abort()
    expect(await withDeadline(end)).toMatchObject({ done: true })
  })

  it('does not lose a change made between a read and the watch', async () => {
    const { revision } = await scene().create(NAME, random())
    await scene().read(NAME)
    const staged = await scene().stage(NAME, random(), revision)
    const stop = new AbortController()
    const changes = scene().watch?.(NAME, stop.signal)[Symbol.asyncIterator]()
    const change = await withDeadline(changes?.next())
    stop.abort()
    expect(change?.value).toMatchObject({ revision: staged.revision })
  })
}

function print(error: unknown): string {
  return `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String(error)}`
}
