// ---- a-secret-for-hashes
export const secret = process.env.TOKEN_HASH_SECRET || 'xyzzy-plugh-42' // expect: fallback

// ---- the-name-of-a-hash
export const tokenHash = process.env.TOKEN_HASH || 'sha256'
