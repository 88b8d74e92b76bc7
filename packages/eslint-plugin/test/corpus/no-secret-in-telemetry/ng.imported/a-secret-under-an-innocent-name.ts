// @typed
import { trace } from '@opentelemetry/api'
import { vault } from '../../vault.ts'
vault.map((text) => trace.getActiveSpan()?.setAttribute('vault', text))
