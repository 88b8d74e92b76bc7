import { secret } from '../../secret.ts'
export const isConfigured = secret.expose() !== ''
