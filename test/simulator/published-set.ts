import type { Host, Network } from './network.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** A set of keys (RFC 7517 §5). */
export interface JwksDocument {
  readonly keys: readonly Readonly<Record<string, string>>[]
}

const ORIGIN = 'https://tokens'
export const JWKS_URL = `${ORIGIN}/jwks`

/** The address at which the replicas of a service publish their keys; each question goes to one of them. */
export class PublishedSet implements Host {
  readonly process: VirtualProcess
  readonly #publishers = new Map<VirtualProcess, () => JwksDocument>()
  readonly #parts: WorldParts

  constructor(parts: WorldParts, network: Network) {
    this.#parts = parts
    this.process = new VirtualProcess('tokens', parts.time)
    network.connect(ORIGIN, this)
  }

  publish(process: VirtualProcess, jwks: () => JwksDocument): void {
    this.#publishers.set(process, jwks)
  }

  end(process: VirtualProcess): void {
    this.#publishers.delete(process)
  }

  /** Whether a replica publishes keys now. */
  get isThere(): boolean {
    return this.#alive.length > 0
  }

  handle(): Promise<Response> {
    const { random } = this.#parts
    const jwks = this.#alive[random.between(0, this.#alive.length - 1)]
    return Promise.resolve(jwks ? Response.json(jwks()) : new Response(null, { status: 503 }))
  }

  get #alive() {
    return [...this.#publishers].flatMap(([{ isAlive }, jwks]) => (isAlive ? [jwks] : []))
  }
}

/** A reader of the set, which keeps it for a while and never asks for more before. */
export function createReader(
  fetch: typeof globalThis.fetch,
  { keepMs, elapsed }: { readonly keepMs: number; readonly elapsed: () => number },
): () => Promise<JwksDocument> {
  let kept: { readonly at: number; readonly set: JwksDocument } | undefined
  return async () => {
    const at = elapsed()
    if (kept !== undefined && at - kept.at < keepMs) return kept.set
    const response = await fetch(JWKS_URL)
    if (!response.ok) throw new TypeError('the set cannot be read')
    kept = { at, set: (await response.json()) as JwksDocument }
    return kept.set
  }
}
