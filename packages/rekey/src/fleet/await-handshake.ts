import type { Agent, ClientRequest } from 'node:http'
import { type Handshake, HandshakeAgent } from './handshake-agent.ts'
import { HANDSHAKE_MS, handshakeFailure } from './report-failure.ts'

/** Waits for the handshake that an earlier request began, no longer than a request has for its own. */
export async function untilOver(handshake: Handshake, signal?: AbortSignal | null): Promise<void> {
  let leave: () => void = () => undefined
  const gaveUp = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => {
      if (handshake.isConnected) reject(handshakeFailure('handshake-timeout'))
    }, HANDSHAKE_MS)
    const abort = () => {
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', abort)
    leave = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  await Promise.race([handshake.ended, gaveUp]).finally(() => {
    leave()
  })
}

interface Watched {
  readonly agent: Agent
  readonly url: URL
  readonly onLate: (error: Error) => void
}

/**
 * Ends a request whose TLS handshake takes too long; the handshake goes on for the next one.
 *
 * @returns whether that has happened
 */
export function watchHandshake(
  request: ClientRequest,
  { agent, url, onLate }: Watched,
): () => boolean {
  let isLate = false
  const timer = setTimeout(() => {
    const isShakingHands =
      agent instanceof HandshakeAgent && agent.underWayTo(url)?.isConnected === true
    if (!isShakingHands) return
    isLate = true
    onLate(handshakeFailure('handshake-timeout'))
    request.destroy()
  }, HANDSHAKE_MS)
  for (const event of ['socket', 'error'] as const) {
    request.once(event, () => {
      clearTimeout(timer)
    })
  }
  return () => isLate
}
