// @known
import { secret } from '../../secret.ts'
import { same } from './other.ts'
console.log(same(secret.expose()))
