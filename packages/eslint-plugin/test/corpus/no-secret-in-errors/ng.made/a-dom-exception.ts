import { secret } from '../../secret.ts'
export const aborted = new DOMException(`aborted with ${secret.expose()}`, 'AbortError')
