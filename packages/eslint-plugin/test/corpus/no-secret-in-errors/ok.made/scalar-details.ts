import { secret } from '../../secret.ts'
throw Object.assign(new Error('refused'), { name: secret.label, version: 3 })
