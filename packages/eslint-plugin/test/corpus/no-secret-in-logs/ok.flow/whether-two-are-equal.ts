import { login, secret } from '../../secret.ts'
import { timingSafeEqual } from 'node:crypto'
const isEqual = timingSafeEqual(Buffer.from(secret.expose()), Buffer.from(login.expose().password))
console.log({ isEqual })
