import { secret } from '../../secret.ts'
process.emitWarning(`the key ${secret.expose()} is old`, { code: 'OLD_KEY' })
