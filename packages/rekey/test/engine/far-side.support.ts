import { randomBytes } from 'node:crypto'
import type { AuditEvent } from '@rekey/audit-log/internal'
import { Secret, type SecretError, type SecretStore } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { RotationKind } from '@rekey/secret/kind'
import { expect } from 'vitest'
import { createMemoryJournal } from '../../src/engine/index.ts'
import type { RotationEvent } from '../../src/engine/internal.ts'

export const NAME = 'NAME'

/** A far side that only keeps book: which versions it accepts. */
export class FarSide {
  readonly accepted = new Set<string>()
  readonly calls: string[] = []
  /** What it answers instead of doing what it is asked, by the name of the call. */
  readonly refuse = new Map<string, SecretError>()

  constructor(first: string) {
    this.accepted.add(first)
  }

  readonly kind: RotationKind = {
    kind: 'text',
    name: NAME,
    plan: () =>
      Promise.resolve({
        ...{ generate: 'a text', stage: 'in the store', admit: 'written in the book' },
        ...{ prove: 'a look into the book', promote: 'a swap', confirm: 'nothing' },
        revoke: 'struck out of the book',
      }),
    generate: () => Promise.resolve(newText()),
    admit: ({ pending }) => this.#call('admit', () => this.accepted.add(pending.version)),
    prove: () => this.#call('prove', () => undefined),
    confirm: () => this.#call('confirm', () => undefined),
    revoke: ({ previous }) => this.#call('revoke', () => this.accepted.delete(previous.version)),
    confirmRevoked: () => this.#call('confirm-revoked', () => undefined),
    abort: ({ pending }) => this.#call('abort', () => this.accepted.delete(pending.version)),
    sweep: async ({ current }) => {
      await this.#call('sweep', () => undefined)
      const orphans = [...this.accepted].filter((version) => version !== current.version)
      for (const orphan of orphans) this.accepted.delete(orphan)
      return orphans
    },
  }

  #call(name: string, work: () => unknown): Promise<void> {
    this.calls.push(name)
    const refusal = this.refuse.get(name)
    if (refusal !== undefined) return Promise.reject(refusal)
    work()
    return Promise.resolve()
  }
}

export function newText(): Secret {
  return Secret.of(randomBytes(32).toString('base64url'), NAME)
}

/** A store with one version, a far side that accepts it, and what a rotation takes. */
export async function setUp() {
  const store = createMemoryStore({ [NAME]: newText().expose() })
  const before = await store.read(NAME)
  const first = before.current.version
  const farSide = new FarSide(first)
  const events: RotationEvent[] = []
  const onEvent = (event: RotationEvent) => void events.push(event)
  const options = { store, journal: createMemoryJournal(), onEvent }
  return { store, farSide, events, options, first }
}

/** An audit log that keeps what it gets. */
export function keepAudit() {
  const audited: AuditEvent[] = []
  const record = (event: AuditEvent) => Promise.resolve(void audited.push(event))
  return { audited, audit: { record } }
}

/** Another writer makes a new version current, and drops the one before. */
export async function replaceByHand(store: SecretStore): Promise<string> {
  const staged = await store.stage(NAME, newText(), (await store.read(NAME)).revision)
  const promoted = await store.promote(NAME, staged.revision)
  return (await store.revoke(NAME, promoted.revision)).current.version
}

/** The store holds one version, and the far side accepts it alone. */
export async function expectOneVersion(store: SecretStore, farSide: FarSide): Promise<string> {
  const { current, pending, previous } = await store.read(NAME)
  expect({ pending, previous }).toEqual({ pending: undefined, previous: undefined })
  expect([...farSide.accepted]).toEqual([current.version])
  return current.version
}

/** Dies at one point of a rotation, as the callback of its events. */
export function dieAt(point: string) {
  return ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === point) throw new Error('killed')
  }
}
