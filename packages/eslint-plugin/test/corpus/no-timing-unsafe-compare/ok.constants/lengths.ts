import { secret } from '../../secret.ts'

export const isSameLength = (other: string) => other.length === secret.expose().length
