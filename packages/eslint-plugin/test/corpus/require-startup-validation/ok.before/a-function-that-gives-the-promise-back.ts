import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function load() {
  return loadService(definition)
}
await load()
app.listen(1)
