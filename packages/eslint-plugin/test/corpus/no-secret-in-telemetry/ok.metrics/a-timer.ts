import { secret } from '../../secret.ts'
import { Histogram } from 'prom-client'
declare function sign(key: string): Promise<void>
const latency = new Histogram({ name: 'latency', help: 'Latency' })
const end = latency.startTimer({ key: secret.label })
await sign(secret.expose())
end()
