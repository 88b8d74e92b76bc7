import { secret } from '../../secret.ts'
export const say = console.log.bind(console, secret.expose())
