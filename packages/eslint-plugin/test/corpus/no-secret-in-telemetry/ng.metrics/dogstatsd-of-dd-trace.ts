import { secret } from '../../secret.ts'
import tracer from 'dd-trace'
tracer.dogstatsd.gauge('age', 3, { key: secret.expose() })
