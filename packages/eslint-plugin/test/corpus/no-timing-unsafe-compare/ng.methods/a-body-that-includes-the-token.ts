import { secret } from '../../secret.ts'

export const isOurs = (body: string) => body.includes(secret.expose())
