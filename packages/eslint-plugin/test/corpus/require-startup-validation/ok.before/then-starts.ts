import { app } from './app.ts'
import { definition, loadService } from './service.ts'

function start() {
  app.listen(1)
}
loadService(definition).then(start, process.exit)
