import { createHash, timingSafeEqual } from 'node:crypto'

/** The secrets of a provider's clients, changeable while it runs. Keeps digests only. */
export interface ClientSecrets {
  set(clientId: string, secrets: readonly string[]): void
  /** Whether the client was ever set here. */
  knows(clientId: string): boolean
  /** Whether `secret` is one of the client's own. Takes the same time for a wrong one. */
  accepts(clientId: string, secret: string): boolean
}

/** Creates an empty set; a client that was never set has no secret and is refused. */
export function createClientSecrets(): ClientSecrets {
  const digests = new Map<string, Buffer[]>()
  return {
    set(clientId, secrets) {
      digests.set(clientId, secrets.map(digest))
    },
    knows: (clientId) => digests.has(clientId),
    accepts(clientId, secret) {
      const offered = digest(secret)
      return (digests.get(clientId) ?? []).filter((own) => timingSafeEqual(own, offered)).length > 0
    },
  }
}

/** Whether the two are the same, in the same time if they are not. */
export function isEqual(offered: string, own: string): boolean {
  return timingSafeEqual(digest(offered), digest(own))
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
