import { secret } from '../../secret.ts'
import { request } from 'node:https'
const req = request('https://example.com', { method: 'POST' })
req.setHeader('authorization', `Bearer ${secret.expose()}`)
req.end('{}')
