export const masterKey = Buffer.from('RANDOM_HEX_64', 'hex')
