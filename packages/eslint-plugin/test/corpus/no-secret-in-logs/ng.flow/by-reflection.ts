// @known
import { secret } from '../../secret.ts'
const settings = { key: secret.expose() }
console.log(Reflect.get(settings, 'key'))
