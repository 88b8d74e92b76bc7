import { secret } from '../../secret.ts'
class NotFound extends Error {}
export const missing = () => new NotFound(`no entry for ${secret.expose()}`)
