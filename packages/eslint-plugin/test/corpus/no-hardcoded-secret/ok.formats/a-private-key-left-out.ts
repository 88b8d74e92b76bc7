export const example = '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----'
