import { secret } from '../../secret.ts'
import tracer from 'dd-trace'
tracer.scope().active()?.setTag('key', secret.expose())
