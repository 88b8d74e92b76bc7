import { secret } from '../../secret.ts'
performance.mark('login', { detail: { key: secret.expose() } })
