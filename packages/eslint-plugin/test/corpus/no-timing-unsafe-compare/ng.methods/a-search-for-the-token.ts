import { secret } from '../../secret.ts'

export const isOurs = (path: string) =>
  path.search(secret.expose()) >= 0 || path.match(secret.expose()) !== null
