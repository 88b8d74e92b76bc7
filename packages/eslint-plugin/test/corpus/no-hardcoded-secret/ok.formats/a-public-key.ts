export const publicKey = `-----BEGIN PUBLIC KEY-----
RANDOM_BASE64_96
-----END PUBLIC KEY-----`
