import { getSecret } from './secrets.ts'

export const encryptionKey = (await getSecret('ENCRYPTION_KEY')) ?? 'RANDOM_HEX_64'
