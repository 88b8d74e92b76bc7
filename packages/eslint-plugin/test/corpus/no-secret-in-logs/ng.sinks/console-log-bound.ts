import { secret } from '../../secret.ts'
const say = console.log.bind(console, 'key')
say(secret.expose())
