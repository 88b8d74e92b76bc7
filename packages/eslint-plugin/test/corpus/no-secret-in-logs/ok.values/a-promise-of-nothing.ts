import { secret } from '../../secret.ts'
declare function send(key: string): Promise<void>
send(secret.expose()).then(() => console.log('sent'))
