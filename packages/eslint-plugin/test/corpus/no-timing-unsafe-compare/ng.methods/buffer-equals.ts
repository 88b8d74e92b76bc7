import { secret } from '../../secret.ts'

export const isKey = (presented: string) =>
  Buffer.from(presented).equals(Buffer.from(secret.expose()))
