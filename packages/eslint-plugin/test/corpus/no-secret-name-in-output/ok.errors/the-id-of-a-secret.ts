import { SecretError } from './secret-error.ts'
export const missing = (secretName: string) => new SecretError('missing', { secretName })
