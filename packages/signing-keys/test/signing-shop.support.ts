import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { createFleet, createMemoryJournal, rotate, type RotateOptions } from '@rekey/rekey/engine'
import {
  type Clock,
  type SecretSource,
  type SecretStore,
  type StagedSecret,
  systemClock,
} from '@rekey/secret'
import type { RotationParts } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { fieldKey, signingKey, signingSecret, webhookSecret } from '../src/index.ts'
import {
  fieldKeyKind,
  signingKeyKind,
  signingSecretKind,
  webhookSecretKind,
} from '../src/rotate/index.ts'

export const SECRET = 'SIGNING_SECRET_SHOP_SESSION'
export const KEY = 'SIGNING_KEY_SHOP_TOKENS'
export const FIELD = 'FIELD_KEY_SHOP_CARDS'
export const WEBHOOK = 'WEBHOOK_SECRET_SHOP_ORDERS'
const DEVELOPMENT = { nonProduction: true }

const definition = defineService({
  name: 'shop',
  settings: z.object({}),
  secrets: {
    session: signingSecret('session'),
    tokens: signingKey('tokens'),
    orders: webhookSecret('orders'),
    cards: fieldKey('cards'),
  },
})

/** A replica of a service, and where it reports. */
export async function openReplica(source: SecretSource, port = 0) {
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source, policy: { ttlMs: 50 } })
  const health = await openHealthListener(service, { port })
  const close = async () => {
    await health.close()
    await service.close()
  }
  onTestFinished(close)
  return { ...service.secrets, port: health.port, close }
}

export type Replica = Awaited<ReturnType<typeof openReplica>>

interface ShopOptions {
  /** How many there are. Default 2. */
  readonly replicas?: number
  /** Which secrets the store has from before. Default: new ones. */
  readonly held?: Readonly<Record<string, string>>
  /** Of the rotator. Default: the machine's. */
  readonly clock?: Clock
}

/** A service whose replicas sign, and the rotations of its secrets. */
export async function openShop({
  replicas: count = 2,
  held,
  clock = systemClock,
}: ShopOptions = {}) {
  const first = {
    [SECRET]: signingSecretKind.issue(SECRET, DEVELOPMENT).expose(),
    [KEY]: signingKeyKind.issue(KEY, DEVELOPMENT).expose(),
    [FIELD]: fieldKeyKind.issue(FIELD, DEVELOPMENT).expose(),
    [WEBHOOK]: webhookSecretKind.issue(WEBHOOK, DEVELOPMENT).expose(),
    ...held,
  }
  const store = createMemoryStore(first)
  const replicas = await Promise.all(Array.from({ length: count }, () => openReplica(store)))
  const fleet = replicas.map(({ port }) => {
    const healthUrl = `http://127.0.0.1:${port}`
    return { service: 'shop', url: healthUrl, healthUrl }
  })
  const parts: RotationParts = {
    ...{ store, nonProduction: true, validationMs: 100, journal: 'store', pollMs: 10 },
    deadlineMs: 1_000,
    fleet: createFleet(() => Promise.resolve([...fleet])),
    nameOf: () => '',
    sqlPool: () => {
      throw new Error('no database')
    },
  }
  const secretKind = (lifeMs: number) =>
    signingSecretKind.rotationOf(
      { name: SECRET, parties: ['shop', 'session'], entry: { lifeMs } },
      parts,
    )
  const keyKind = (entry: Partial<Parameters<typeof signingKeyKind.rotationOf>[0]['entry']> = {}) =>
    signingKeyKind.rotationOf(
      {
        ...{ name: KEY, parties: ['shop', 'tokens'] },
        entry: { lifeMs: 0, cacheMs: 0, algorithm: 'ES256', ...entry },
      },
      parts,
    )
  const webhookKind = (overlapMs: number) =>
    webhookSecretKind.rotationOf(
      { name: WEBHOOK, parties: ['shop', 'orders'], entry: { overlapMs } },
      parts,
    )
  const fieldKind = (more: Partial<RotationParts> = {}) =>
    fieldKeyKind.rotationOf(
      { name: FIELD, parties: ['shop', 'cards'], entry: undefined },
      { ...parts, ...more },
    )
  const journal = createMemoryJournal(clock)
  const run = (
    kind: RotationKind,
    more: Pick<RotateOptions, 'compromised' | 'onEvent' | 'signal'> = {},
  ) => rotate(kind, { store, journal, clock, ...more })
  const kinds = { secretKind, keyKind, webhookKind, fieldKind }
  return { store, replicas, fleet, first, ...kinds, journal, run }
}

/** A store as a replica sees it, which can be kept from seeing changes. */
export function viewOf(store: SecretStore) {
  const seen = new Map<string, StagedSecret>()
  const view = {
    isFrozen: false,
    source: {
      locator: store.locator,
      async read(name: string, signal?: AbortSignal) {
        const before = seen.get(name)
        if (view.isFrozen && before !== undefined) return before
        const staged = await store.read(name, signal)
        seen.set(name, staged)
        return staged
      },
    },
  }
  return view
}
