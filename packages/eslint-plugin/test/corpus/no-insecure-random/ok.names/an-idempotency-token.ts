export const send = (idempotencyToken = Math.random().toString(36)) => idempotencyToken
export const cancelToken = Math.random().toString(36)
