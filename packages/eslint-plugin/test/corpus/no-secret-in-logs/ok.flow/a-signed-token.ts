import { secret } from '../../secret.ts'
import jwt from 'jwt-simple'
const pass = jwt.encode({ user: 1 }, secret.expose())
console.log(pass.length, { pass })
