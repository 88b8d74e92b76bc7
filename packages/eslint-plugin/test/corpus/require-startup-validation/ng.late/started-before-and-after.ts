import { app } from './app.ts'
import { definition, loadService } from './service.ts'

function start() {
  app.listen(1)
}
start()
await loadService(definition)
start()
