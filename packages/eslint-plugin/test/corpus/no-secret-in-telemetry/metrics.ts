// ---- a-tag-of-dd-trace
import { secret } from '../../secret.ts'
import tracer from 'dd-trace'
tracer.scope().active()?.setTag('key', secret.expose()) // expect: exposedSecret

// ---- dogstatsd-of-dd-trace
import { secret } from '../../secret.ts'
import tracer from 'dd-trace'
tracer.dogstatsd.gauge('age', 3, { key: secret.expose() }) // expect: exposedSecret

// ---- labels-in-a-chain
import { secret } from '../../secret.ts'
import client from 'prom-client'
const latency = new client.Histogram({ name: 'latency', help: 'Latency', labelNames: ['key'] })
export const observe = (ms: number) => latency.labels(secret.expose()).observe(ms) // expect: exposedSecret

// ---- a-timer
import { secret } from '../../secret.ts'
import { Histogram } from 'prom-client'
declare function sign(key: string): Promise<void>
const latency = new Histogram({ name: 'latency', help: 'Latency' })
const end = latency.startTimer({ key: secret.label })
await sign(secret.expose())
end()

// ---- newrelic.js
import { secret } from '../../secret.ts'
import newrelic from 'newrelic'
newrelic.addCustomAttributes({ area: 'auth', key: secret.expose() }) // expect: exposedSecret

// ---- the-detail-of-a-mark
import { secret } from '../../secret.ts'
performance.mark('login', { detail: { key: secret.expose() } }) // expect: exposedSecret

// ---- a-measured-call
import { secret } from '../../secret.ts'
declare function sign(key: string): void
performance.mark('start', { detail: { key: secret.label } })
sign(secret.expose())
performance.measure('signing', 'start')

// ---- the-labels-of-prom-client
import { secret } from '../../secret.ts'
import { Counter } from 'prom-client'
const requests = new Counter({ name: 'requests', help: 'Requests', labelNames: ['key'] })
requests.inc({ key: secret.expose() }) // expect: exposedSecret

// ---- a-label
import { secret } from '../../secret.ts'
import { Counter } from 'prom-client'
const requests = new Counter({ name: 'requests', help: 'Requests', labelNames: ['key'] })
requests.inc({ key: secret.label })

// ---- the-tags-of-statsd
import { secret } from '../../secret.ts'
import { StatsD } from 'hot-shots'
const statsd = new StatsD()
statsd.increment('logins', 1, [`key:${secret.expose()}`]) // expect: exposedSecret

// ---- the-tags-of-statsd-clean
import { secret } from '../../secret.ts'
import { StatsD } from 'hot-shots'
const statsd = new StatsD()
statsd.increment('logins', 1, [`key:${secret.label}`, `long:${secret.expose().length > 32}`])

// ---- a-gauge-of-lengths
import { secret } from '../../secret.ts'
import { Gauge } from 'prom-client'
const length = new Gauge({ name: 'key_length', help: 'Characters' })
length.set({ key: secret.label }, secret.expose().length)

// ---- the-options-of-a-gateway
import { secret } from '../../secret.ts'
import { Pushgateway } from 'prom-client'
export const gateway = new Pushgateway('https://example.com', {
  headers: { authorization: `Basic ${secret.expose()}` },
})
