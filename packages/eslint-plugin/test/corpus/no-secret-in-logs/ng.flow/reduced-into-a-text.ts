import { login, secret } from '../../secret.ts'
const line = [secret.expose(), login.expose().user].reduce((text, part) => `${text} ${part}`, '')
console.log(line)
