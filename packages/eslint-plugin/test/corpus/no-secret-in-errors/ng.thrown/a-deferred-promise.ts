import { secret } from '../../secret.ts'
const { promise, reject } = Promise.withResolvers<string>()
reject(`refused ${secret.expose()}`)
export { promise }
