import { randomUUID } from 'node:crypto'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { OpenRotated } from './rotation-function.support.ts'

/** Which version is which, by the labels that the service gives them. */
interface Tokens {
  readonly current: string
  readonly pending?: string
}

/** A store in memory, and a service that has labels for its versions and nothing else. It rotates those of `first`. */
export const openPlayedStore: OpenRotated = (first) => {
  const kept = createMemoryStore(first)
  const names = Object.keys(first)
  const tokens = new Map<string, Tokens>(names.map((name) => [name, { current: randomUUID() }]))
  const tokensOf = (name: string) => tokens.get(name) ?? { current: randomUUID() }
  const store: Awaited<ReturnType<OpenRotated>>['store'] = {
    ...kept,
    async promote(name, ...more) {
      const promoted = await kept.promote(name, ...more)
      const { current, pending = current } = tokensOf(name)
      tokens.set(name, { current: pending })
      return promoted
    },
    async abort(name, ...more) {
      const aborted = await kept.abort(name, ...more)
      tokens.set(name, { current: tokensOf(name).current })
      return aborted
    },
    describe(name) {
      const { current, pending } = tokensOf(name)
      const labels = {
        [current]: ['AWSCURRENT'],
        ...(pending !== undefined && { [pending]: ['AWSPENDING'] }),
      }
      return Promise.resolve({ name, rotationEnabled: name in first, labels })
    },
  }
  const begin = (name: string) => {
    const pending = randomUUID()
    tokens.set(name, { ...tokensOf(name), pending })
    return Promise.resolve({ SecretId: name, ClientRequestToken: pending })
  }
  return Promise.resolve({ store, service: { begin, idOf: (name) => name } })
}
