import { secret } from '../../secret.ts'
declare function send(key: string): void
let line = `key ${secret.expose()}`
send(line)
line = 'sent'
console.log(line)
