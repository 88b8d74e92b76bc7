/**
 * The route on which a receiver answers an accepted key with 204 and does nothing else. A rotation proves a new key there
 * before any sender depends on it. Every adapter serves it; a receiver without one serves it itself.
 */
export const KEY_PROOF_PATH = '/api-key/proof'

/** 204, because a server that answers 200 to every path has proven nothing; not stored, because a cache would answer for a revoked key. */
export const KEY_PROOF_ANSWER = Object.freeze({
  status: 204,
  headers: Object.freeze({ 'cache-control': 'no-store' }),
} as const)

/** Whether a request asks for the proof. */
export function isKeyProof(method: string | undefined, path: string | undefined): boolean {
  return path === KEY_PROOF_PATH && method === 'GET'
}
