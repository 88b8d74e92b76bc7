import { secret } from '../../secret.ts'
globalThis.console.log(secret.expose())
