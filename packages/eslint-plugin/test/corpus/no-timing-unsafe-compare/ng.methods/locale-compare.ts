import { secret } from '../../secret.ts'

export const isKey = (presented: string) => presented.localeCompare(secret.expose()) === 0
