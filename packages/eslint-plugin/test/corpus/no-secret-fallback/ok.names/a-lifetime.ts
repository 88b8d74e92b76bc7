export const lifetime = process.env.TOKEN_TTL ?? '15m'
export const algorithm = process.env.JWT_ALGORITHM ?? 'ES256'
