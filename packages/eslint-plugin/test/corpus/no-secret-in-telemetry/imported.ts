// ---- a-secret-under-an-innocent-name
import { trace } from '@opentelemetry/api'
import { vault } from '../../vault.ts'
vault.map((text) => trace.getActiveSpan()?.setAttribute('vault', text)) // expect typed: exposedSecret
