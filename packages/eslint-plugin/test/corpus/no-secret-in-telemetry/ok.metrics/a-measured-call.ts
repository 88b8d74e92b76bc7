import { secret } from '../../secret.ts'
declare function sign(key: string): void
performance.mark('start', { detail: { key: secret.label } })
sign(secret.expose())
performance.measure('signing', 'start')
