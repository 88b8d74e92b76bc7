import { app } from './app.ts'
import { definition, loadService, type Service } from './service.ts'

export function start(service: Service) {
  return app.listen(service.settings.port)
}
await start(await loadService(definition))
