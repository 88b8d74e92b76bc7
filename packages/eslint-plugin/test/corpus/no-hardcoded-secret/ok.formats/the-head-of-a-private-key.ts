export const isPrivateKey = (text: string) => text.includes('-----BEGIN PRIVATE KEY-----')
export const PEM = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[\s\S]+?-----END/
