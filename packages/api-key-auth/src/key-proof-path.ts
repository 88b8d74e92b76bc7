/**
 * The route on which every receiver answers 200 to an accepted key and does nothing else. A rotation proves a new key there
 * before anybody depends on it.
 */
export const KEY_PROOF_PATH = '/api-key/proof'
