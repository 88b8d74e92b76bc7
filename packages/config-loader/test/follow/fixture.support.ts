import { randomBytes } from 'node:crypto'
import {
  createFakeClock,
  Secret,
  SecretError,
  type SecretSource,
  type SecretSpec,
  type SecretStore,
} from '@rekey/secret'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { defineService, loadService, type LoadOptions } from '../../src/index.ts'
import type { LoaderEvent } from '../../src/internal.ts'

export const NAME = 'NAME'
export const env = { REKEY_ENVIRONMENT: 'test' }

/** A value as development has them. */
export const fresh = () => Secret.of(`dev-${randomBytes(24).toString('base64url')}`, NAME)

export function textSpec(
  name = NAME,
  probe?: SecretSpec<string>['probe'],
  more: Partial<SecretSpec<string>> = {},
): SecretSpec<string> {
  return {
    kind: 'text',
    rule: 'at least 32 characters',
    access: { end: 'owner' },
    minLength: 32,
    nameFor: () => name,
    parse(value) {
      if (value.length < 32) throw new SecretError('malformed', 'it is too short: issue a new one')
      return { value, sensitive: [value], nonProduction: value.startsWith('dev-') }
    },
    ...(probe && { probe }),
    ...more,
  }
}

/** Puts another value there as `current`; the one before is gone. */
export async function replace(store: SecretStore, value = fresh(), name = NAME): Promise<string> {
  const staged = await store.stage(name, value, (await store.read(name)).revision)
  const promoted = await store.promote(name, staged.revision)
  await store.revoke(name, promoted.revision)
  return promoted.current.version
}

/** A source that can only be read, counts that, and fails with `failure` while that is set. */
export function unreliable(store: SecretStore) {
  const source = {
    locator: 'unreliable',
    reads: 0,
    failure: undefined as SecretError | undefined,
    async read(name: string, signal?: AbortSignal) {
      source.reads += 1
      if (source.failure !== undefined) throw source.failure
      return store.read(name, signal)
    },
  }
  return source
}

export const down = () => new SecretError('unreachable', 'it is down: start it')

/** A service with the one secret `text`, on a clock of its own, each read as late as its ttl allows. */
export async function openFixture(
  source: SecretSource,
  { spec = textSpec(), ...options }: Partial<LoadOptions> & { spec?: SecretSpec<string> } = {},
) {
  const clock = createFakeClock()
  const events: LoaderEvent[] = []
  const definition = defineService({
    name: 'app',
    settings: z.object({}),
    secrets: { text: spec },
  })
  const service = await loadService(definition, {
    env,
    source,
    clock,
    random: () => 1,
    policy: { ttlMs: 10_000 },
    onEvent: (event) => events.push(event),
    ...options,
  })
  onTestFinished(() => service.close())
  const health = () => {
    const [secret] = service.health().secrets
    if (secret === undefined) throw new Error('the service reports no secret')
    return secret
  }
  return { service, clock, events, health, live: service.secrets.text }
}

/** A memory store with one value, and a fixture over it that has to poll. */
export async function openUnreliable(options: Parameters<typeof openFixture>[1] = {}) {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const source = unreliable(store)
  return { store, source, ...(await openFixture(source, options)) }
}

export const typesOf = (events: readonly LoaderEvent[]) => events.map(({ type }) => type)
