import { secret } from '../../secret.ts'
const error: Error & { details?: object } = new Error('refused')
error.details = { key: secret.expose() }
throw error
