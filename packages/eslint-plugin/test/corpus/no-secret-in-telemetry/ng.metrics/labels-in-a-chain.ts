import { secret } from '../../secret.ts'
import client from 'prom-client'
const latency = new client.Histogram({ name: 'latency', help: 'Latency', labelNames: ['key'] })
export const observe = (ms: number) => latency.labels(secret.expose()).observe(ms)
