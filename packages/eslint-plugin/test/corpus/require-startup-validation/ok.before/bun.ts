import { definition, loadService } from './service.ts'

const service = await loadService(definition)
Bun.serve({ port: service.settings.port, fetch: () => new Response('ok') })
declare const Bun: { serve(options: unknown): void }
