import { secret } from '../../secret.ts'

export const isOurs = (path: string) => path.indexOf(secret.expose()) !== -1
