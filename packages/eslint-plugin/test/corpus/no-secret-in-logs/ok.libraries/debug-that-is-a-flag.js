import { secret } from '../../secret.ts'
const debug = process.argv.includes('--debug')
export const connect = (client) => client.connect({ debug, key: secret.expose() })
