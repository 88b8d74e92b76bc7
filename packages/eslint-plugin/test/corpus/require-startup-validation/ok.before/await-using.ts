import { app, isOpen } from './app.ts'
import { definition, loadService } from './service.ts'

await using service = await loadService(definition)
if (isOpen) {
  app.listen(service)
}
