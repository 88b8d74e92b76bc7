import { secret } from '../../secret.ts'
import { Gauge } from 'prom-client'
const length = new Gauge({ name: 'key_length', help: 'Characters' })
length.set({ key: secret.label }, secret.expose().length)
