import { secret } from '../../secret.ts'
declare const request: { body: object; send(): Promise<void> }
request.body = { key: secret.expose() }
await request.send()
