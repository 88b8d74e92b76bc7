import { readSecret } from './secrets.ts'

export const key = readSecret('HMAC_SECRET', { default: 'insecure' })
