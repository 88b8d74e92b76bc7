import type { SecretKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { KINDS } from './index.ts'
import { KIND_NAMES } from './kinds.ts'
import { policiesOf } from './schedule.ts'

const DAY_MS = 86_400_000

/** The specs of a kind, each called as a service of the family calls it. */
function namesBySpec({ spec, parties }: SecretKind): string[] {
  const { owner, sender, receiver } = spec as Readonly<
    Record<string, ((peer?: string) => { nameFor(service: string): string }) | undefined>
  >
  if (parties[0] === 'server') return []
  if (parties[0] === 'service')
    return [owner?.(...parties.slice(1).map(() => 'beta')).nameFor('alpha') ?? '']
  return [sender?.('beta').nameFor('alpha') ?? '', receiver?.('alpha').nameFor('beta') ?? '']
}

it.each([...KINDS.values()])(
  'the services that hold a secret of kind $kind read it under the name that its kind gives',
  (kind) => {
    const name = kind.storeName(...['alpha', 'beta'].slice(0, kind.parties.length))
    expect(name).toMatch(/^[A-Z_]+_ALPHA/)
    for (const read of namesBySpec(kind)) expect(read).toBe(name)
  },
)

it('each kind that a family may load is in the table of all, and no other', () => {
  expect([...KINDS.keys()]).toEqual(KIND_NAMES)
})

it('two kinds never give one name', () => {
  const names = [...KINDS.values()].map((kind) => kind.storeName('alpha', 'beta'))
  expect(new Set(names).size).toBe(KINDS.size)
})

it('each kind that is rotated brings its schedule along', () => {
  const days = policiesOf(KINDS).map(({ kind, rotateAfterMs = 0, maxAgeMs = 0 }) => {
    return [kind, rotateAfterMs / DAY_MS, maxAgeMs / DAY_MS]
  })
  expect(days).toEqual([
    ['api-key', 30, 90],
    ['database', 7, 30],
    ['oidc-client', 90, 180],
    ['tls', 0, 0],
    ['integration', 90, 180],
    ['rotator-login', 30, 90],
  ])
  for (const { kind, schedule, rotation } of KINDS.values()) {
    expect([kind, schedule === undefined]).toEqual([kind, rotation === undefined])
  }
})
