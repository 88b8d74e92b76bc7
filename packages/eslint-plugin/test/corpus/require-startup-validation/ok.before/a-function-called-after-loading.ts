import { app } from './app.ts'
import { definition, loadService } from './service.ts'

function start() {
  app.listen(1)
}
await loadService(definition)
start()
