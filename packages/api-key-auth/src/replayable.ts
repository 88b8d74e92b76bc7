import type { FetchInput } from './allowed-origins.ts'

const VALUES = [URLSearchParams, FormData, Blob, ArrayBuffer]

/** Whether a request can be sent a second time: it has no body, or one that sending does not use up. */
export function isReplayable(input: FetchInput, init: RequestInit | undefined): boolean {
  const body = init?.body ?? (input instanceof Request ? input.body : null)
  if (body === null || typeof body === 'string' || ArrayBuffer.isView(body)) return true
  return VALUES.some((Value) => body instanceof Value)
}
