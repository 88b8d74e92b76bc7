import { randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { createFleet, createMemoryJournal, rotate, type RotateOptions } from '@rekey/rekey/engine'

import { NON_PRODUCTION_PREFIX, type SecretSpec } from '@rekey/secret'
import type { RotationParts } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

/** A secret of a service that a test rotates. */
export interface RotatedSecret<E> {
  /** Its kind: `redisKind`. */
  readonly kind: {
    storeName(service: string): string
    rotationOf(
      declared: { name: string; parties: readonly string[]; entry: E },
      parts: RotationParts,
    ): RotationKind | Promise<RotationKind>
  }
  readonly spec: SecretSpec<string>
  /** Options of a family for it. */
  readonly entry: NoInfer<E>
  /** Its first value. */
  readonly value: string
  /** Other secrets of the store, such as the password of an administrator. */
  readonly held?: Readonly<Record<string, string>>
  /** Changes what the rotation is made of. */
  readonly parts?: Partial<RotationParts>
}

/** Makes a random password with the mark of development. */
export function newPassword(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}

/** A service `shop` with one secret in a store in memory, and the rotation of that secret. It is closed when the test ends. */
export async function openRotatedService<E>(rotated: RotatedSecret<E>) {
  const { kind, spec, entry, value, held } = rotated
  const name = kind.storeName('shop')
  const store = createMemoryStore({ [name]: value, ...held })
  const definition = defineService({
    name: 'shop',
    settings: z.object({}),
    secrets: { secret: spec },
  })
  const service = await loadService(definition, {
    env: { REKEY_ENVIRONMENT: 'test' },
    source: store,
  })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  const healthUrl = `http://127.0.0.1:${health.port}`
  const parts: RotationParts = {
    ...{ store, nonProduction: true, validationMs: 100, journal: 'store', pollMs: 20 },
    deadlineMs: 3_000,
    fleet: createFleet([{ service: 'shop', url: healthUrl, healthUrl }]),
    nameOf: () => '',
    sqlPool: () => {
      throw new Error('no database of PostgreSQL')
    },
    ...rotated.parts,
  }
  const kindOf = (declared: Partial<E> = {}, changed: Partial<RotationParts> = {}) =>
    kind.rotationOf(
      { name, parties: ['shop'], entry: { ...entry, ...declared } },
      { ...parts, ...changed },
    )
  const journal = createMemoryJournal()
  /** Runs a rotation, with changes of its parts. */
  const run = async ({ parts: changed, ...options }: RunOptions = {}): Promise<
    Awaited<ReturnType<typeof rotate>>
  > => rotate(await kindOf({}, changed), { store, journal, ...options })
  const current = async () => (await store.read(name)).current.value.expose()
  return { store, service, secret: service.secrets.secret, kindOf, journal, run, current }
}

type RunOptions = Partial<RotateOptions> & { readonly parts?: Partial<RotationParts> }
