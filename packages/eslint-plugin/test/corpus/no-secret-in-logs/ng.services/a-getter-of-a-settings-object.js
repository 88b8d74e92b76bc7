import { secret } from '../../secret.ts'
import debugFactory from 'debug'
const debug = debugFactory('settings')
const settings = {
  get apiKey() {
    return secret.expose()
  },
  port: 1,
}
debug('settings %j', settings)
