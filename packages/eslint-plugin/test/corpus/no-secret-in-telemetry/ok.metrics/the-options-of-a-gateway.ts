import { secret } from '../../secret.ts'
import { Pushgateway } from 'prom-client'
export const gateway = new Pushgateway('https://example.com', {
  headers: { authorization: `Basic ${secret.expose()}` },
})
