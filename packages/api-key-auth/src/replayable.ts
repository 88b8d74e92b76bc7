const VALUES = [URLSearchParams, FormData, Blob, ArrayBuffer]

/** Whether a request with this body can be sent a second time: it has none, or one that sending does not use up. */
export function isReplayable(body: RequestInit['body']): boolean {
  if (body === null || body === undefined || typeof body === 'string') return true
  return ArrayBuffer.isView(body) || VALUES.some((Value) => body instanceof Value)
}
