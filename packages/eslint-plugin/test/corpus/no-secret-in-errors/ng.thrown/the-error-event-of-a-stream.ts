import { secret } from '../../secret.ts'
import { Readable } from 'node:stream'
export const stop = (source: Readable) => source.destroy(new Error(`bad key ${secret.expose()}`))
