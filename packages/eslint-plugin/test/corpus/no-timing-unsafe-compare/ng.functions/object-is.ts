import { secret } from '../../secret.ts'

export const check = (given: string) => Object.is(secret.expose(), given)
