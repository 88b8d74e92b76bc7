import { secret } from '../../secret.ts'
declare function connect(password: string): Promise<void>
let password: string | undefined = secret.expose()
await connect(password)
password = undefined
console.log({ password })
