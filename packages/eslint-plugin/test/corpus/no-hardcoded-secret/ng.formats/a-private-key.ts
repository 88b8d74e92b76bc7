export const key = `-----BEGIN PRIVATE KEY-----
RANDOM_BASE64_96
-----END PRIVATE KEY-----`
