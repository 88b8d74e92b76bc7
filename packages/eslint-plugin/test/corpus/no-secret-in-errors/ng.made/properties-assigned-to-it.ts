import { secret } from '../../secret.ts'
const details = { key: secret.expose() }
throw Object.assign(new Error('refused'), details)
