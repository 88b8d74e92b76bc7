export const password = Buffer.from('RANDOM_BASE64_32', 'base64').toString()
